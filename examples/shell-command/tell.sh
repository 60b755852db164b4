#!/bin/sh
# Gets one alert as a line of JSON on standard input, and adds a line to told.txt. Code 0 says that it was taken.
# Where there is jq, better: jq -r '"\(.data.on) \(.data.policy): \(.data.from) -> \(.data.to)"'
set -eu

alert=$(cat)

field() { # the text of the first key of that name, up to the first quotation mark
    rest=${alert#*"\"$1\":\""}
    printf '%s' "${rest%%\"*}"
}

# It may come twice, with the same id.
id=$(field id)
if grep -qsF "$id" told.txt; then
    exit 0
fi
printf '%s  %s: %s -> %s  [%s]\n' "$(field on)" "$(field policy)" "$(field from)" "$(field to)" "$id" >>told.txt

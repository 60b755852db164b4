"""The stable codes of everything that can be wrong with rule files. A code is never used again for another thing."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """A code (`PT101`) with its name (`UNREADABLE`) and its `meaning` in one line."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Code:
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    # the file
    UNREADABLE = "PT101", "the file is not there, is no file, or may not be read"
    NOT_UTF8 = "PT102", "the file is not written in UTF-8"
    FORBIDDEN_CHARACTER = "PT103", "a byte order mark, a control character or an invisible line end stands in the file"
    TAB = "PT104", "a line is indented with a tab; YAML wants blanks"
    SYNTAX = "PT105", "the text is not YAML"
    EMPTY = "PT106", "the file holds nothing"
    MANY_DOCUMENTS = "PT107", "the file holds more than one document"
    DUPLICATE_KEY = "PT108", "a mapping has one key twice"
    ALIAS = "PT109", "anchors, aliases and merge keys are not taken"
    TAG = "PT110", "tags (!name) are not taken"
    BAD_KEY = "PT111", "a key is not a piece of text"
    TOO_DEEP = "PT112", "lists and mappings stand inside each other too deep"

    # keys and values
    UNKNOWN_KEY = "PT120", "a key that means nothing here"
    MISSING_KEY = "PT121", "a key that must be there is not"
    WRONG_TYPE = "PT122", "a value of the wrong type: text, number, true or false, list, mapping"
    NOT_ONE_OF = "PT123", "a value outside a closed list"
    WRONG_VALUE = "PT124", "a value of the right type that cannot be right"

    # what the files say together
    RULES_FOLDER = "PT130", "the rules folder is missing, or lacks a file, or holds one that is not read"
    SAME_PACK = "PT131", "two packs, or two overlays, have one name"
    UNKNOWN_PACK = "PT132", "`extends` names no pack, or leads back to itself"
    SAME_POLICY = "PT133", "two policies have one id or alias"
    UNKNOWN_POLICY = "PT134", "a policy id that no pack defines"
    PART_CYCLE = "PT135", "a policy is a part of itself"
    UNKNOWN_ACTOR = "PT136", "an issuer that actors.yaml does not hold"
    WRONG_STATUS = "PT137", "a status that policies of this kind cannot have"
    IMPOSSIBLE_DATE = "PT138", "a date that cannot be, or dates in the wrong order"

    # the status model and its rules
    STATUS_MODEL = "PT139", "the status model has a gap, or names something that it does not have"
    UNKNOWN_FIELD = "PT140", "a rule tests a field that a step does not have"
    SAME_RULE = "PT141", "two rules have one name"
    UNKNOWN_RULE = "PT142", "`supersedes`, or `gives` of a case, names no rule"
    RULE_TIE = "PT143", "two rules of different kinds fit one step equally well"
    ENGINE_LIMIT = "PT144", "a rule, or all of them together, go beyond what the rules engine does exactly"

    INDISTINCT = "PT145", "two policies have the same issuers and words, so that no text can tell them apart"
    NEVER_FIRES = "PT146", "a shift rule that no step can fit, or that another always wins over"
    MISNAMED = "PT147", "the example or a case of a shift rule gets another name than it says"

    # tests that packs carry
    FAILED_TEST = "PT150", "a test of a pack reads something else than it says"
    TODO_PASSES = "PT151", "a test that is marked `todo` passes"

    # overlays: files that change a pack without editing it
    STRAY_OVERLAY = "PT160", "an overlay changes a pack that is not read"
    STRAY_CHANGE = "PT161", "an overlay changes or drops a policy that its pack has not"
    NOT_THERE = "PT162", "an overlay takes out a word that is not there"
    THERE_ALREADY = "PT163", "an overlay adds a word that is there already"
    CONTRARY = "PT164", "overlays say different things of one key, or change a policy that one of them drops"
    DROPPED = "PT165", "an overlay drops a policy that a part or a test names"
    NO_CHANGE = "PT166", "an overlay, or one key of it, changes nothing"

    # what a release promises: `rules.lock`
    SAME_VERSION = "PT170", "a file does something else than rules.lock says, under the same version"
    OLDER_VERSION = "PT171", "a version is lower than the one in rules.lock"
    STALE_LOCK = "PT172", "rules.lock lacks a file, names one that is gone, or has an older version of one"

    # regular expressions among phrases
    PATTERN_SYNTAX = "PT175", "a regular expression that cannot be read"
    PATTERN_PART = "PT176", "a regular expression with look-around, a back-reference or another part that is not taken"
    PATTERN_SIZE = "PT177", "a regular expression that is too large, mostly because it counts too far"
    PATTERN_EMPTY = "PT178", "a regular expression that also fits where nothing stands"
    PATTERN_ANY = "PT179", "a regular expression that fits nearly everything"

    # the file of what is watched
    SAME_SOURCE = "PT185", "two sources of one file have one name"
    SOURCE_PLACE = "PT186", "a source has neither a `url` nor a `path`, or both"

    # the file of who is told
    CHANNEL_KIND = "PT190", "a channel that says no kind of place, or several"
    NO_CHANNEL = "PT191", "`to` names a channel that the file does not have"
    SAME_SUBSCRIPTION = "PT192", "two subscriptions of one file have one name"
    MATCHES_NOTHING = "PT193", "a pattern that nothing matches, so that nobody would ever be told"

    # what could be better: `policytrack rules lint`
    NO_TESTS = "PT201", "a pack or an overlay without tests"
    UNTESTED_POLICY = "PT202", "a policy about which no test reads anything"
    NO_SILENT_TEST = "PT203", "a pack without a test that gives `none`"
    NO_START = "PT204", "a policy that does not say how it stood at the start"
    NO_SOURCE = "PT205", "a start that does not say where it is from"
    NO_LIMITS = "PT206", "a stable or deprecated pack that says nothing under `limits`"
    SAME_PHRASE = "PT207", "one phrase twice in a list, perhaps in singular and plural"
    TWO_ROLES = "PT208", "one phrase as instrument and as conduct of one policy"
    COMMON_WORD = "PT209", "an instrument that is a word for any measure, and no conduct to tell which"
    SHORT_PHRASE = "PT210", "a phrase of one or two letters that are not capitals"
    LONG_POLICY = "PT211", "a policy of more than seven lines"
    FOREIGN_ID = "PT212", "an id that does not begin with an issuer of its policy"
    OTHER_KIND = "PT213", "a policy that is part of one of another kind"
    DEAD_DEFAULT = "PT214", "a default that every policy of the pack says otherwise"
    SAME_TEST = "PT215", "two tests of one text"
    LONG_TITLE = "PT216", "a title of more than ninety characters, or with a full stop"
    SAME_TAG = "PT217", "two tags that differ in capitals only"
    INSIDE = "PT218", "a policy whose words are all words of another one of the same issuer and conduct"
    DEPRECATED = "PT219", "a pack that extends one that is deprecated"
    BY_COUNT = "PT220", "a shift rule that wins over another only because it has more conditions"
    SAID_TWICE = "PT221", "a policy that repeats a default of its pack"
    NO_REASON = "PT222", "a rule of lint is turned off without a reason"
    NEEDLESS = "PT223", "a rule of lint is turned off where it has nothing to say"

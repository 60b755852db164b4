"""What is done to what: the class of a predicate composed with the value of its thing.

`lift` + ban is looser, `suspend` + aid is tighter, "reversed a decision to ease" is tighter. The whole
algebra is `EFFECTS`; words come from `rules/operations.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from policytrack.extract import clauses
from policytrack.extract.lexicon import Lexicon, Operator
from policytrack.model import FACTIVE
from policytrack.text import Word

RESTRICTION, PERMISSION, UNSAID, UNKNOWN = "restriction", "permission", "unsaid", "unknown"
"""Values of a thing: it holds conduct back; it lets conduct happen; its content is not said; no list has it."""

EFFECTS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("create", "restriction"): ("impose", "tighter"),
    ("create", "permission"): ("authorise", "looser"),
    ("create", "rate"): ("impose", "tighter"),
    ("create", "unsaid"): ("impose", "neutral"),
    ("proclaim", "restriction"): ("impose", "tighter"),
    ("proclaim", "permission"): ("authorise", "looser"),
    ("remove", "restriction"): ("lift", "looser"),
    ("remove", "permission"): ("revoke", "tighter"),
    ("remove", "treaty"): ("withdraw", "tighter"),
    ("remove", "rate"): ("lift", "looser"),
    ("remove", "unsaid"): ("revoke", "neutral"),
    ("remove", "unknown"): ("revoke", "neutral"),
    ("cancel", "restriction"): ("lift", "looser"),
    ("cancel", "permission"): ("revoke", "tighter"),
    ("cancel", "conduct"): ("impose", "tighter"),
    ("cancel", "rate"): ("lift", "looser"),
    ("cancel", "unsaid"): ("revoke", "neutral"),
    ("reduce", "restriction"): ("ease", "looser"),
    ("reduce", "permission"): ("tighten", "tighter"),
    ("reduce", "rate"): ("ease", "looser"),
    ("reduce", "conduct"): ("tighten", "tighter"),
    ("increase", "restriction"): ("tighten", "tighter"),
    ("increase", "permission"): ("ease", "looser"),
    ("increase", "conduct"): ("ease", "looser"),
    ("increase", "rate"): ("tighten", "tighter"),
    ("create", "allowance"): ("impose", "tighter"),
    ("remove", "allowance"): ("lift", "looser"),
    ("reduce", "allowance"): ("tighten", "tighter"),
    ("increase", "allowance"): ("ease", "looser"),
    ("restrict", "allowance"): ("tighten", "tighter"),
    ("keep", "allowance"): ("reaffirm", "neutral"),
    ("prolong", "restriction"): ("extend", "tighter"),
    ("prolong", "permission"): ("extend", "looser"),
    ("prolong", "treaty"): ("extend", "looser"),
    ("prolong", "unsaid"): ("extend", "neutral"),
    ("pause", "restriction"): ("suspend", "looser"),
    ("pause", "permission"): ("suspend", "tighter"),
    ("pause", "conduct"): ("suspend", "tighter"),
    ("pause", "treaty"): ("suspend", "tighter"),
    ("pause", "unsaid"): ("suspend", "neutral"),
    ("resume", "restriction"): ("resume", "tighter"),
    ("resume", "permission"): ("resume", "looser"),
    ("resume", "conduct"): ("resume", "looser"),
    ("resume", "unsaid"): ("resume", "neutral"),
    ("ban", "restriction"): ("lift", "looser"),
    ("ban", "permission"): ("impose", "tighter"),
    ("ban", "place"): ("impose", "tighter"),
    ("ban", "conduct"): ("impose", "tighter"),
    ("ban", "unsaid"): ("impose", "tighter"),
    ("ban", "unknown"): ("impose", "tighter"),
    ("restrict", "restriction"): ("ease", "looser"),
    ("restrict", "permission"): ("tighten", "tighter"),
    ("restrict", "place"): ("tighten", "tighter"),
    ("restrict", "unknown"): ("tighten", "tighter"),
    ("allow", "restriction"): ("impose", "tighter"),
    ("allow", "permission"): ("authorise", "looser"),
    ("allow", "place"): ("authorise", "looser"),
    ("allow", "conduct"): ("authorise", "looser"),
    ("allow", "unsaid"): ("authorise", "looser"),
    ("allow", "unknown"): ("authorise", "looser"),
    ("approve", "restriction"): ("impose", "tighter"),
    ("approve", "permission"): ("authorise", "looser"),
    ("approve", "conduct"): ("authorise", "looser"),
    ("approve", "treaty"): ("join", "looser"),
    ("approve", "unknown"): ("authorise", "looser"),
    ("approve", "unsaid"): ("authorise", "neutral"),
    ("open", "place"): ("lift", "looser"),
    ("shut", "place"): ("impose", "tighter"),
    ("shut", "conduct"): ("impose", "tighter"),
    ("shut", "permission"): ("impose", "tighter"),
    ("quit", "treaty"): ("withdraw", "tighter"),
    ("quit", "restriction"): ("lift", "looser"),
    ("quit", "unsaid"): ("withdraw", "tighter"),
    ("quit", "body"): ("withdraw", "tighter"),
    ("remove", "body"): ("withdraw", "tighter"),
    ("pause", "body"): ("suspend", "tighter"),
    ("resume", "body"): ("resume", "looser"),
    ("approve", "body"): ("join", "looser"),
    ("join", "body"): ("join", "looser"),
    ("join", "treaty"): ("join", "looser"),
    ("keep", "restriction"): ("reaffirm", "neutral"),
    ("keep", "permission"): ("reaffirm", "neutral"),
    ("keep", "treaty"): ("reaffirm", "neutral"),
    ("keep", "rate"): ("reaffirm", "neutral"),
    ("keep", "unknown"): ("reaffirm", "neutral"),
    ("keep", "unsaid"): ("reaffirm", "neutral"),
    ("require", "permission"): ("tighten", "tighter"),
    ("require", "unknown"): ("impose", "tighter"),
    ("delay", "restriction"): ("delay", "looser"),
    ("delay", "permission"): ("delay", "tighter"),
    ("delay", "rate"): ("delay", "looser"),
    ("delay", "unknown"): ("delay", "neutral"),
    ("pause", "unknown"): ("suspend", "tighter"),
    ("cancel", "unknown"): ("impose", "tighter"),
    ("resume", "unknown"): ("resume", "looser"),
    ("prolong", "unknown"): ("extend", "neutral"),
    ("shut", "unknown"): ("impose", "tighter"),
    ("open", "unknown"): ("lift", "looser"),
    ("recognise", "unknown"): ("authorise", "looser"),
    ("recognise", "body"): ("authorise", "looser"),
    ("refuse", "permission"): ("impose", "tighter"),
    ("recognise", "permission"): ("authorise", "looser"),
    ("recognise", "conduct"): ("authorise", "looser"),
}
"""(class of the predicate, value of the thing) -> (operation, direction). A pair that is not here says nothing."""

ENDED = {
    "authorise": ("revoke", "tighter"),
    "impose": ("lift", "looser"),
    "tighten": ("ease", "looser"),
    "ease": ("tighten", "tighter"),
    "resume": ("suspend", "tighter"),
    "reaffirm": ("revoke", "neutral"),
}
"""What "no longer" makes of a standing operation."""

_OPPOSITE = {"looser": "tighter", "tighter": "looser", "neutral": "neutral"}


_SAYING = (RESTRICTION, PERMISSION, "rate", "treaty")
_MEMBERSHIP = ("quit", "remove", "join", "approve", "pause", "prolong")
_MOVING = ("open", "shut", "remove", "cancel", "reduce", "increase", "prolong", "pause", "resume", "ban", "delay")
_OF = ("of", "on", "against", "in")
_LISTED = (RESTRICTION, PERMISSION, "container", "rulebook", "treaty")
"""Values of a thing that no date has."""
_ON_RULES = ("delay", "reduce", "increase")
"""Classes that say more or less of a rule: and most rules hold back."""
_GRADUAL = ("reduce", "increase")
"""Classes of which some verbs say by themselves which way it goes: "tightened", "eased"."""
_TELLING = (RESTRICTION, "container", "rulebook")
"""Things whose effect is in what they say."""
_ON_CONDUCT = ("ban", "restrict", "allow", "approve", "require")
"""Classes that say what they do to conduct: whose thing is what is regulated, not the rule."""
AWAY = ("do away with", "phase out")
"""And so do these: "the state does away with smartphones"."""


@dataclass(frozen=True)
class Effect:
    """An operation with its direction, and the words that it is composed of."""

    operation: str
    direction: str
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Valued:
    """The value of a thing, and the words that say so."""

    value: str
    words: tuple[Word, ...]


class Composer:
    """Composes predicates with things. `known` gives words whose thing a pack tracks, with its value.

    `conducts` are the words that name a tracked conduct, by word number, with their families.
    """

    def __init__(self, lexicon: Lexicon, known: Mapping[int, str], conducts: Mapping[int, frozenset[str]]) -> None:
        self._lexicon = lexicon
        self._known = known
        self._conducts = conducts
        self._visiting: set[int] = set()

    def effect(self, word: Word, operator: Operator) -> Effect | None:
        """The operation of a predicate on its thing; None where the two say nothing together."""
        if word.i in self._visiting:
            return None
        self._visiting.add(word.i)
        try:
            return self._composed(word, operator)
        finally:
            self._visiting.discard(word.i)

    def _composed(self, word: Word, operator: Operator) -> Effect | None:
        if operator.kind == "recognise" and not self._is_official(word, operator):
            return None
        valued = self._thing(word, operator)
        if valued.value == "body" and not self._is_member(word, operator, valued):
            return None
        if (operator.kind in _ON_CONDUCT or operator.entry in AWAY) and self._is_regulated(valued):
            valued = Valued(PERMISSION, valued.words)
        if operator.kind == "approve" and valued.value == UNSAID and self._is_plan(valued):
            valued = Valued(PERMISSION, valued.words)
        if operator.entry == "adopt" and valued.value == "treaty" and any(w.i in self._known for w in valued.words):
            return self.finished(operator, valued, EFFECTS["join", "treaty"])  # "adopted the euro"
        if valued.value == "rate" and operator.entry == "lift":  # "lifted its rate to 46 per cent"
            return self.finished(operator, valued, EFFECTS["increase", "rate"])
        content = self._content_effect(word, operator, valued)
        if content is not None:
            return Effect(content.operation, content.direction, (*operator.words, *valued.words, *content.words))
        if operator.kind in ("proclaim", "create") and any(self._is_unreal(w) for w in valued.words):
            return None
        inherent = operator.entry in (*self._lexicon.easing, *self._lexicon.tightening)
        if valued.value == UNSAID and (inherent or (operator.kind == "create" and self._is_compared(valued))):
            valued = Valued(RESTRICTION, valued.words)
        if inherent and operator.kind in _GRADUAL and valued.value == PERMISSION:  # "tightened the export of rice"
            valued = Valued(RESTRICTION, valued.words)
        if operator.kind in _ON_RULES and valued.value == UNSAID and self._is_rule(valued):
            valued = Valued(RESTRICTION, valued.words)
        if operator.kind == "create" and valued.value == RESTRICTION and self._is_compared(valued):
            return self.finished(operator, valued, EFFECTS["increase", RESTRICTION])
        return self.finished(operator, valued, EFFECTS.get((operator.kind, valued.value)))

    def finished(self, operator: Operator, valued: Valued, found: tuple[str, str] | None) -> Effect | None:
        """What a pair of the table comes to with this verb and this thing; None where they say nothing."""
        if valued.value == UNSAID and operator.entry in self._lexicon.listed:
            return None
        if found is None or valued.value == UNKNOWN:
            found = EFFECTS.get((operator.kind, UNKNOWN)) if self._takes_anything(operator) else None
        if found is None:
            return None
        operation, direction = found
        if operator.kind == "keep" and valued.value in (RESTRICTION, PERMISSION) and self._is_for_longer(operator):
            operation, direction = EFFECTS["prolong", valued.value]
        if valued.value == "treaty" and operator.kind in _MEMBERSHIP and self._forbids(valued.words):
            direction = _OPPOSITE[direction]
        if (operation, direction) in (("tighten", "tighter"), ("ease", "looser")) and self._is_allowance(
            operator, valued
        ):
            operation, direction = ("ease", "looser") if operation == "tighten" else ("tighten", "tighter")
        if operation in ("authorise", "lift") and self._is_partial(operator, valued):
            operation = "ease"
        if operation == "lift" and self._is_for_a_time(operator.words[0]):
            operation = "suspend"
        return Effect(operation, direction, (*operator.words, *valued.words))

    def _is_allowance(self, operator: Operator, valued: Valued) -> bool:
        """ "raised the limit on catches": more of what is allowed is looser, unless the verb itself says harder."""
        inherent = operator.entry in (*self._lexicon.easing, *self._lexicon.tightening)
        counted = (w for w in valued.words if w.lemma not in self._lexicon.quantities)
        named = any(self._lexicon.is_allowance(w) for w in islice(counted, 1))
        return named and operator.kind in _GRADUAL and not inherent and valued.value != "allowance"

    def _is_partial(self, operator: Operator, valued: Valued) -> bool:
        """ "lifted some of the tariffs", "partly lifted the ban", "lifted the ban in part"."""
        near = [*_modifiers(valued.words), *valued.words, *_modifiers(operator.words[:1])]
        return any(w.lower in self._lexicon.partial for w in near)

    def _is_for_a_time(self, word: Word) -> bool:
        """ "waived the duty for 90 days"."""
        spans = (c.child("pobj") for c in word.children if c.dep == "prep" and c.lower == "for")
        return any(span is not None and span.lemma in self._lexicon.periods for span in spans)

    def _is_for_longer(self, operator: Operator) -> bool:
        """ "is keeping the ceiling until August": what somebody keeps to a later day is prolonged."""
        word = operator.words[0]
        if word.lemma not in self._lexicon.keeping or word.child("dobj") is None:
            return False
        until = next((w for w in word.subtree() if w.lower in ("until", "till") and w.i > word.i), None)
        return until is not None and any(w.tag in ("NNP", "CD") or w.lower in ("next", "end") for w in until.subtree())

    def _takes_anything(self, operator: Operator) -> bool:
        """Whether a predicate says enough without a listed thing: "legalises X", "cleared X to fly"."""
        word = operator.words[0]
        return (
            operator.entry in self._lexicon.broad
            or self._is_official(word, operator)
            or (not clauses.is_verb(word) and operator.kind != "remove")
            or (operator.kind == "approve" and any(theme.pos == "PRON" for theme in clauses.themes(word)))
            or (operator.kind in ("allow", "ban", "require") and bool(clauses.content(word)))
            or (operator.kind == "approve" and self._approves_doing(word))
            or (operator.kind == "ban" and any(c.dep == "prep" and c.lower == "from" for c in word.children))
        )

    def _is_official(self, word: Word, operator: Operator) -> bool:
        """ "the ministry approves X": an authority's act on anything but proceedings, talk and persons."""
        if operator.entry not in self._lexicon.official or not clauses.is_verb(word):
            return False
        who = self._decider(word)
        themes = self.themes(word, operator)
        if who is None or not self._lexicon.decides(who) or not themes:
            return False
        if operator.entry in self._lexicon.admitting:
            return all(theme.lemma in self._lexicon.newcomers for theme in themes)
        if operator.kind == "recognise" and any(c.lower == "as" and c.dep == "prep" for c in word.children):
            return True
        fighting = operator.kind != "approve" and any(theme.lemma in self._lexicon.warlike for theme in themes)
        return not fighting and all(self._may_be_regulated(theme) for theme in themes)

    @staticmethod
    def _decider(word: Word) -> Word | None:
        """Who does it, by the clause or the one above: "orders that it be closed", "says that it will close it"."""
        who = clauses.agent(word)
        above = clauses.governor(word)
        if who is None or who.pos == "PRON":
            return clauses.subject(above.word) if above.link == "complement" and clauses.is_verb(above.word) else None
        return who

    def _approves_doing(self, word: Word) -> bool:
        """ "parliament approved sending troops"."""
        who = self._decider(word)
        told = [c for c in clauses.content(word) if c.tag == "VBG" and self.effect_of(c) is None]
        return who is not None and self._lexicon.decides(who) and bool(told)

    def _may_be_regulated(self, noun: Word) -> bool:
        if noun.lemma.lower() in self._lexicon.unregulated or self._lexicon.thing(noun) in _TELLING:
            return False
        change = self._lexicon.noun(noun)
        if change is not None and change.kind in ("increase", "reduce"):
            return False
        if noun.pos == "NUM" or noun.lemma in self._lexicon.quantities:
            inner = next((p for c in noun.children if c.lower == "of" and (p := c.child("pobj")) is not None), None)
            return inner is not None and self._may_be_regulated(inner)
        if noun.pos != "PROPN":
            return noun.pos == "NOUN"
        return noun.child("nummod") is not None or self._lexicon.decides(noun) or noun.child("compound") is None

    def _forbids(self, words: tuple[Word, ...]) -> bool:
        """Whether a treaty forbids something, so that leaving it is looser."""
        return any(part.lemma in self._lexicon.forbidding for word in words for part in word.subtree())

    def _is_compared(self, valued: Valued) -> bool:
        return any(w.lower in self._lexicon.comparatives for w in _modifiers(valued.words))

    def _is_rule(self, valued: Valued) -> bool:
        """ "pushed back its packaging law": what a rule will ask for, it does not ask for yet."""
        return any(self._lexicon.thing(word) == "rulebook" for word in valued.words[:1])

    def _is_member(self, word: Word, operator: Operator, valued: Valued) -> bool:
        """Whether a state enters or leaves a body, or its membership changes: no visitor enters a court so."""
        if (operator.kind, "body") not in EFFECTS or operator.kind == "recognise":
            return True
        if operator.kind not in ("join", "quit") and operator.entry != "suspend from":
            return any(w.lemma == "membership" for w in valued.words)
        who = clauses.themes(word) if clauses.is_passive(word) else [clauses.agent(word)]
        return all(each is None or self._lexicon.decides(each) for each in who) if clauses.is_verb(word) else True

    def _is_plan(self, valued: Valued) -> bool:
        """ "approved plans to build a dam": what is planned may be done, unless it holds somebody back."""
        noun = valued.words[0]
        told = [clause for clause in clauses.content(noun) if any(c.tag == "TO" for c in clause.children)]
        holds_back = any(c.lemma in self._lexicon.commanding for c in told)
        return noun.lemma in self._lexicon.plans and bool(told) and not holds_back

    def _is_regulated(self, valued: Valued) -> bool:
        """Whether a pack's restriction is told by the name of what it holds back: "capped the number of students"."""
        named = [word for word in valued.words if word.i in self._known]
        return valued.value == RESTRICTION and bool(named) and all(self._lexicon.thing(w) is None for w in valued.words)

    def _thing(self, word: Word, operator: Operator) -> Valued:
        """The best valued thing of a predicate: a listed one before an unknown one."""
        best = Valued(UNKNOWN, ())
        if not clauses.themes(word) and clauses.is_verb(word):
            moved = self._moved(word, operator)
            if moved is not None or operator.kind in ("open", "shut"):
                return moved or best
        for theme in self.themes(word, operator):
            valued = self._place(theme, operator) or self.value(theme)
            if valued.value not in (UNKNOWN, UNSAID):
                return valued
            if best.value == UNKNOWN:
                best = valued
        if best.value == UNKNOWN and operator.kind in (
            "pause",
            "remove",
            "cancel",
            "resume",
            "ban",
            "delay",
            "prolong",
        ):
            return self._conduct_content(word) or best
        return best

    def _place(self, noun: Word, operator: Operator) -> Valued | None:
        """ "bars reopen": a place, whatever else the word may mean."""
        fits = operator.kind in ("open", "shut") and noun.lemma in self._lexicon.places and noun.i not in self._known
        return Valued("place", (noun,)) if fits else None

    def _moved(self, word: Word, operator: Operator) -> Valued | None:
        """The subject of a verb without an object, where that is what is acted on: "classes suspended"."""
        acts = clauses.modals(word) and operator.kind not in ("open", "shut")
        if operator.kind not in _MOVING or clauses.content(word) or acts:
            return None
        who = clauses.subject(word)
        valued = self._place(who, operator) or self.value(who) if who is not None else None
        if who is not None and operator.kind in ("increase", "reduce") and self._is_priced(word, who):
            return None
        return valued if valued is not None and valued.value in (*_SAYING, "place", "conduct") else None

    def _is_priced(self, word: Word, who: Word) -> bool:
        """ "prices of antimony doubled", "antimony doubled in price": what a market moves."""
        within = [c.child("pobj") for c in word.children if c.dep == "prep" and c.lower == "in"]
        named = [each for each in (who, *within) if each is not None and each.lemma in self._lexicon.prices]
        return any(each is not who or who.i not in self._known for each in named)

    def themes(self, word: Word, operator: Operator) -> list[Word]:
        """The things of a predicate; of "do away with" and the like, what stands after the last particle."""
        last = operator.words[-1]
        target = last.child("pobj") if last is not word and last.pos in ("ADP", "PART", "SCONJ") else None
        if (
            operator.entry in ("extend to", "withdraw from", "strike from")
            and word.child("dobj", "nsubjpass") is not None
            and not self._takes_out(word, operator)
        ):
            target = None
        found = clauses.conjuncts(target) if target is not None else clauses.themes(word) or self._after_adverbial(word)
        given = word.child("dobj") if operator.kind in ("allow", "refuse") and clauses.is_passive(word) else None
        if given is not None and any(who.tag in ("NNS", "NNPS") for who in found):
            found = clauses.conjuncts(given)
        if operator.entry in ("withdrawal", "exit", "departure", "secession") and not found:
            left = (c.child("pobj") for c in word.children if c.dep == "prep" and c.lower == "from")
            found = [thing for thing in left if thing is not None]
        return [theme for theme in found if all(theme is not part for part in operator.words)]

    def _takes_out(self, word: Word, operator: Operator) -> bool:
        """ "withdraws the country from the treaty": a state is what leaves, not what is withdrawn."""
        who, left = word.child("dobj"), operator.words[-1].child("pobj")
        if operator.entry != "withdraw from" or who is None or left is None or not self._lexicon.decides(who):
            return False
        return self.value(left).value in ("treaty", "body")

    def _after_adverbial(self, word: Word) -> list[Word]:
        """ "strikes down Article 9", "lifted, as of May, the ban": an object that the parser takes for a date."""
        return [
            child
            for child in word.children
            if child.dep == "npadvmod"
            and clauses.is_noun(child)
            and child.i > word.i
            and (child.lower in self._lexicon.parts_of_law or self._lexicon.thing(child) in _LISTED)
        ]

    def _conduct_content(self, word: Word) -> Valued | None:
        """ "stopped sending", "barred from entering": the thing is a conduct, told as a clause."""
        for clause in clauses.content(word):
            if clause.lemma in self._lexicon.enforcing and clauses.themes(clause):
                return Valued(RESTRICTION, (clause, *clauses.themes(clause)[:1]))
            tracked = any(theme.i in self._known for theme in clauses.themes(clause))
            if clause.i in self._conducts or (clause.tag == "VBG" and (tracked or not self._conducts)):
                return Valued(PERMISSION, (clause,))
        return None

    def _content_effect(self, word: Word, operator: Operator, valued: Valued) -> Effect | None:
        """What is approved, ended or allowed may itself be an operation: its effect, kept or turned round."""
        if operator.kind in ("proclaim", "create") and any(self._is_unreal(w) for w in valued.words):
            return None
        if operator.kind not in (
            "allow",
            "require",
            "approve",
            "create",
            "proclaim",
            "remove",
            "cancel",
            "pause",
            "resume",
            "delay",
            "ban",
            "reduce",
        ):
            return None
        inner = self._nominal_effect(word, operator)
        if inner is not None:
            return inner
        for clause in self._contents(word, operator, valued):
            inner = self.effect_of(clause)
            if inner is not None:
                return self._through(operator.kind, inner)
        return None

    def _contents(self, word: Word, operator: Operator, valued: Valued) -> list[Word]:
        """The clauses that say what is allowed, or what is in the law that is approved or ended."""
        found: list[Word] = []
        if operator.kind in ("allow", "require"):
            found += self._told(word)
        elif operator.kind in ("ban", "pause"):
            found += [clause for clause in self._told(word) if clause.dep != "advcl"]
        if valued.value == UNSAID or (
            valued.words and self._lexicon.thing(valued.words[0]) in ("container", "rulebook")
        ):
            holders = [w for w in valued.words if clauses.is_noun(w)]
            holders += [law for c in word.children if c.lower == "into" and (law := c.child("pobj")) is not None]
            found += [clause for holder in holders for clause in self._told(holder)]
        return found

    def _told(self, holder: Word) -> list[Word]:
        """The clauses that a word has as its content, also behind a verb without one: "a law aimed to outlaw"."""
        found = []
        for clause in clauses.content(holder):
            mark = clause.child("mark")
            if mark is not None and mark.lower in ("if", "unless", "as", "until", "once", "provided"):
                continue
            found.append(clause)
            if self._lexicon.verb(clause) is None:
                found += clauses.content(clause)
        return found

    def _nominal_effect(self, word: Word, operator: Operator) -> Effect | None:
        """ "authorised the doubling of tariffs", "postponed the easing of the lockdown": the thing is an operation."""
        for theme in self.themes(word, operator):
            inner = self.effect_of(theme) if not clauses.is_verb(theme) and self._is_operation(theme) else None
            if inner is not None:
                through = self._through(operator.kind, inner)
                return Effect(through.operation, through.direction, (theme, *through.words)) if through else None
        return None

    def _is_operation(self, noun: Word) -> bool:
        """Whether a noun tells a step, not only a thing: "a pause in tariffs"."""
        operator = self._lexicon.noun(noun)
        return self._lexicon.thing(noun) is None or (
            operator is not None and operator.kind in ("pause", "remove", "reduce", "delay", "prolong")
        )

    def _is_unreal(self, noun: Word) -> bool:
        """A plan, a threat, a call: announcing it does not do what it is about."""
        status = self._lexicon.governing_nouns.get(noun.lemma)
        return status is not None and status not in FACTIVE

    def effect_of(self, word: Word) -> Effect | None:
        """The operation of a verb or noun by its own entry in the word lists."""
        operator = self._lexicon.verb(word) if clauses.is_verb(word) else self._lexicon.noun(word)
        return self.effect(word, operator) if operator is not None else self._made_so(word)

    def _made_so(self, word: Word) -> Effect | None:
        """ "makes it illegal to", "making masks compulsory": what a law makes of something."""
        told = [c for c in word.children if c.i > word.i and c.dep in ("ccomp", "xcomp", "oprd", "acomp", "dobj")]
        for part in told if word.lemma in ("make", "render") and not is_negated(word, self._lexicon) else ():
            operator = self._lexicon.adjective(part)
            thing = part.child("nsubj") or word.child("dobj")
            if operator is None or operator.kind not in ("ban", "allow", "require"):
                continue
            valued = self.value(thing) if thing is not None and thing.pos != "PRON" else Valued(UNKNOWN, ())
            found = EFFECTS.get((operator.kind, valued.value)) or EFFECTS[operator.kind, UNKNOWN]
            return Effect(*found, (word, *operator.words))
        return None

    @staticmethod
    def _through(kind: str, inner: Effect) -> Effect | None:
        """An operation seen through the predicate that governs it."""
        if inner.operation == "reaffirm":
            return None
        if inner.operation == "join" and kind in ("remove", "cancel"):  # "revoked its ratification"
            return Effect("revoke", _OPPOSITE[inner.direction], inner.words)
        if kind in ("allow", "require", "approve", "create", "proclaim"):
            return inner
        value = {"looser": PERMISSION, "tighter": RESTRICTION}.get(inner.direction)
        if value is None:
            return None
        found = EFFECTS.get((kind, value))
        return Effect(*found, inner.words) if found else None

    def value(self, noun: Word) -> Valued:
        """What a noun's existence does to conduct; a container has the value of its content."""
        known = self._known.get(noun.i)
        kind = self._lexicon.thing(noun)
        if known == "allowance":
            return Valued(known, (noun,))
        if known is not None and kind in (None, "container", "rulebook", "rate", "conduct"):
            return Valued(known, (noun,))
        if known == "treaty" and kind == "body":
            return Valued(known, (noun,))
        parts = (noun, *(c for c in noun.children if c.dep == "compound"))
        binding = next(
            (c for n in parts for c in n.children if c.dep == "amod" and c.lower in self._lexicon.binding), None
        )
        if binding is not None and kind in (None, "container", "rulebook", "conduct"):
            return Valued(RESTRICTION, (noun, binding))
        strict = next(
            (c for c in noun.children if c.dep in ("amod", "compound") and c.lower in self._lexicon.strict), None
        )
        if strict is not None and kind == "rulebook":
            return Valued(RESTRICTION, (noun, strict))
        if kind in ("container", "rulebook") or (
            kind is None and (noun.pos in ("NOUN", "NUM") or noun.lemma in self._lexicon.quantities)
        ):
            inner = self._content_value(noun, kind)
            if inner is not None:
                return inner
        beside = self._apposed_value(noun) if kind is None and noun.pos == "PROPN" else None
        if beside is not None:
            return beside
        if kind is None and self._lexicon.is_body(noun):
            return Valued("body", (noun,))
        if kind is None:
            return Valued("conduct" if _is_doing(noun) else UNKNOWN, (noun,))
        return Valued(UNSAID if kind in ("container", "rulebook") else kind, (noun,))

    def _content_value(self, noun: Word, kind: str | None) -> Valued | None:
        if noun.i in self._visiting:
            return None
        self._visiting.add(noun.i)
        try:
            return self._looked_into(noun, kind)
        finally:
            self._visiting.discard(noun.i)

    def _looked_into(self, noun: Word, kind: str | None) -> Valued | None:
        """The value of a container's content: its compound, its of-phrase, its clause."""
        counts = kind is None and noun.lemma in self._lexicon.quantities
        named = self._named_in(noun, kind) if kind is not None or counts else None
        if named is not None:
            return named
        if kind is None and noun.lemma not in self._lexicon.quantities and noun.pos != "NUM":
            return None
        return self._phrase_value(noun) or self._clause_value(noun) or self._apposed_value(noun)

    def _apposed_value(self, noun: Word) -> Valued | None:
        """ "Article 9, a law that bans drones": what it is called beside."""
        laws = (c for c in noun.children if c.dep == "appos" and self._lexicon.thing(c) in ("container", "rulebook"))
        beside = (self.value(law) for law in laws)
        return next((Valued(v.value, (noun, *v.words)) for v in beside if v.value in _SAYING), None)

    def _named_in(self, noun: Word, kind: str | None) -> Valued | None:
        """ "tariff plan", "aid package"; but "export rules" say nothing of what they do to exports."""
        for child in noun.children:
            if child.dep not in ("compound", "amod", "nmod") or child.pos not in ("NOUN", "PROPN"):
                continue
            listed = self._known.get(child.i) or self._lexicon.thing(child)
            if child.lemma in self._lexicon.heads_only:
                continue
            silent = kind == "rulebook" and listed == PERMISSION and child.lemma not in self._lexicon.given
            if listed in _SAYING and not silent:
                return Valued(str(listed), (noun, child))
        return None

    def _phrase_value(self, noun: Word) -> Valued | None:
        """ "a round of sanctions", "a law against drones"."""
        for child in noun.children:
            asked = child.lower == "for" and noun.lemma in self._lexicon.quantities
            target = child.child("pobj") if child.dep == "prep" and (child.lower in _OF or asked) else None
            valued = self.value(target) if target is not None else None
            if child.lower == "against" and self._lexicon.thing(noun) in ("rulebook", "container"):
                return Valued(RESTRICTION, (noun, child))
            if valued is not None and valued.value in (*_SAYING, "allowance", "place", "conduct"):
                return Valued(RESTRICTION if child.lower == "against" else valued.value, (noun, *valued.words))
        return None

    def _bound(self, clause: Word) -> str | None:
        """What a law does by a verb that binds or frees whatever it governs: "a law ordering that", "letting them"."""
        operator = self._lexicon.verb(clause)
        kind = operator.kind if operator is not None else ""
        if is_negated(clause, self._lexicon) or (kind in ("create", "proclaim") and clause.lemma != "order"):
            return None
        if clause.lemma in self._lexicon.commanding or kind in ("require", "restrict"):
            return RESTRICTION
        return PERMISSION if kind == "allow" else None

    def _clause_value(self, noun: Word) -> Valued | None:
        """ "a decision to ease", "a policy under which troops could not use mines"."""
        for clause in self._told(noun):
            inner = self.effect_of(clause)
            if inner is not None and inner.direction != "neutral":
                return Valued(PERMISSION if inner.direction == "looser" else RESTRICTION, (noun, *inner.words))
            bound = self._bound(clause)
            if bound is not None:
                return Valued(bound, (noun, clause))
            modal = next((m for m in clauses.modals(clause) if m.lower in ("may", "can", "could", "must")), None)
            if modal is not None:
                denials = [c for c in clause.children if c.lower in self._lexicon.negators]
                held = is_negated(clause, self._lexicon) or modal.lower == "must"
                return Valued(RESTRICTION if held else PERMISSION, (noun, modal, *denials, clause))
        return None


def _is_doing(noun: Word) -> bool:
    """ "the unloading of ships": a noun made of a verb, with what it is done to."""
    made = (
        noun.tag == "NN" and noun.lower.endswith("ing") and noun.lower not in ("meeting", "hearing", "king", "string")
    )
    return made and any(c.dep == "prep" and c.lower == "of" for c in noun.children)


def _modifiers(words: tuple[Word, ...]) -> list[Word]:
    return [
        child
        for word in words
        for child in word.children
        if child.dep in ("amod", "advmod", "det", "nummod", "quantmod")
    ]


def is_negated(word: Word, lexicon: Lexicon) -> bool:
    """Whether "not", "never", "no" and the like deny this predicate itself."""
    count = sum(
        child.lower in lexicon.negators and child.dep in ("neg", "advmod", "preconj", "cc", "det")
        for child in word.children
    )
    if count == 0 and word.dep == "conj" and word.tag == "VB" and clauses.is_verb(word.head):
        return is_negated(word.head, lexicon)
    return count % 2 == 1


def is_ended(word: Word) -> bool:
    """Whether the predicate "no longer" holds."""
    return any(
        child.lower in ("longer", "anymore") and any(c.lower in ("no", "any") for c in child.children)
        for child in word.children
    )

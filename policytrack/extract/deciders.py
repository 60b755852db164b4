"""Who can make a policy, and for whom: a company's or a crowd's act is none, nor what is done to one person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from policytrack.extract import clauses
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.text import Word


def why_no_policy(frame: Frame, lexicon: Lexicon) -> str:
    """Why what a frame tells can be no policy; empty where its agent decides for others, and not on one person."""
    return next((why for is_so, why in _REASONS if is_so(frame, lexicon)), "")


def _decider(frame: Frame, lexicon: Lexicon) -> Word | None:
    """Who acts; of "it" in reported speech who says so, of what somebody is ordered who orders it.

    "Acme announces it will close its shops", "the court orders Acme to stop selling".
    """
    who = frame.agent
    above = clauses.governor(frame.head)
    if who is not None and above.link == "complement" and above.word.child("dobj") is who:
        return clauses.agent(above.word)
    if who is None or who.lower not in ("it", "they"):
        return who
    for step in clauses.chain(frame.head):
        if step.link == "complement" and step.word.lemma in lexicon.say and clauses.is_verb(step.word):
            return clauses.subject(step.word) or who
    return who


_FAMILIES = ("Mc", "Mac", "De", "Di", "Du", "La", "Le", "Van", "Von", "Fitz", "O'", "al", "el", "Al", "El", "Ha")
_TOWARDS = ("to", "for", "from")
"""What stands before the one whom a measure is meant for."""


def _is_private(frame: Frame, lexicon: Lexicon) -> bool:
    """Whether somebody acts who decides for nobody else: a company, a club, a party."""
    who = _decider(frame, lexicon)
    if who is None or _is_bound(frame):
        return False
    named = [w for w in (who, *who.children) if w.dep not in ("poss", "appos", "relcl")]
    owned = any(w.lower == "of" or w.lower in lexicon.state_owned for w in named) or _is_listed(named, lexicon)
    private = {w for w in named if w.lemma in lexicon.private or w.lower in lexicon.private}
    return any(not (w.lemma == "bank" and owned) for w in private) or _is_own_business(frame, who, lexicon)


def _is_listed(named: Sequence[Word], lexicon: Lexicon) -> bool:
    """Whether a name of several words is an actor's: "Norges Bank", "Bank Indonesia"."""
    words = sorted(named, key=lambda word: word.i)
    return any(end - start > 1 for start, end, _ in lexicon.actor_forms.find(words))


def _is_bound(frame: Frame) -> bool:
    """ "companies must let staff stay at home": a duty or freedom of those who act, who decide nothing."""
    duty = clauses.governor(frame.head).word.lemma == "have"
    return duty or (frame.form == "public" and any(modal in frame.words for modal in clauses.modals(frame.head)))


def _is_own_business(frame: Frame, who: Word, lexicon: Lexicon) -> bool:
    """Whether a name that is no state's or office's does it with its own: "Acme closes 60 of its shops"."""
    name = [*(w for w in who.children if w.dep == "compound" and w.i < who.i), who]
    public = lexicon.thing(who) is not None or any(_is_office(w, lexicon) for w in name)
    if who.pos != "PROPN" or public or lexicon.actor_forms.find(name) or frame.kind in ("require", "restrict"):
        return False
    things = (*frame.themes, *frame.words)
    own = [w for thing in things for w in thing.subtree() if w.lemma in lexicon.business]
    if _is_brand(who) or (frame.kind in ("cancel", "delay") and any(w.lemma == "flight" for w in things)):
        return True
    counted = frame.kind == "shut" and any(below.dep == "nummod" for w in own for below in w.subtree())
    return counted or any(_is_owned(w) for w in own) or any(thing.lemma in lexicon.trading for thing in things)


def _is_office(word: Word, lexicon: Lexicon) -> bool:
    lemmas = {word.lemma, word.lower}
    return bool(lemmas & lexicon.institutions or lemmas & lexicon.titles)


def _is_brand(who: Word) -> bool:
    """ "AquaPark", "soyMart": a capital inside a name is a firm's, but for the names of families: "McCoy"."""
    inner = any(a.islower() and b.isupper() for a, b in pairwise(who.text))
    return inner and not who.text.startswith(_FAMILIES)


def _is_owned(thing: Word) -> bool:
    return any(c.dep == "poss" and c.lower in ("its", "their", "his", "her") for c in thing.children)


def _is_mere_cause(frame: Frame, lexicon: Lexicon) -> bool:
    """Whether a thing or a person without office does it, by a verb that says no more than that it came about."""
    who = _decider(frame, lexicon)
    if who is None or who.pos != "NOUN" or frame.entry not in lexicon.physical or clauses.modals(frame.head):
        return False
    if lexicon.actor_forms.at([who], 0) or (frame.kind in ("shut", "open") and frame.head.child("dobj") is None):
        return False  # a name that the tagger does not know, or what closes itself
    if frame.kind == "allow" and frame.head.child("dobj", "ccomp") is None:
        return False  # a passive that is read as active: "numbers allowed to attend"
    if frame.head.dep == "acl" and clauses.governor(who).link == "object":
        return False  # "sets up a fund allowing it to lend": what a new thing is for
    named = {w.lemma for w in (who, *who.children, *clauses.themes(who))}
    return lexicon.thing(who) in (None, "conduct") and not named & lexicon.institutions


def _is_drift(frame: Frame, lexicon: Lexicon) -> bool:
    """ "prices have dropped", "markets open lower": what moves by itself."""
    alone = clauses.is_verb(frame.head) and not clauses.themes(frame.head)
    if frame.kind == "resume" and alone and frame.agent is not None and frame.agent.lemma in lexicon.courses:
        return True
    if frame.kind in ("open", "shut") and any(w.lemma.lower() in lexicon.events for w in (*frame.themes, *frame.words)):
        return alone or not clauses.is_verb(frame.head)
    if frame.kind in ("open", "shut"):
        return alone and any(c.lower in lexicon.trends and c not in frame.words for c in frame.head.children)
    ruled = (None, "restriction", "permission", "rate")
    moved = frame.agent is not None and (frame.agent.lemma == "price" or lexicon.thing(frame.agent) not in ruled)
    return alone and frame.entry == "drop" and moved and frame.head.dep not in ("acl", "amod", "relcl")


def _is_party_deal(frame: Frame, _: Lexicon) -> bool:
    """ "signs a coalition treaty", "agree on a deal to form a government": who governs, not what for."""
    if frame.kind not in ("approve", "join", "allow", "prolong"):
        return False
    below = [w for theme in frame.themes for w in theme.subtree()]
    if any(w.lemma == "coalition" and w.head in frame.themes for w in below):
        return True
    formed = [w for w in below if w.lemma in ("form", "join") and w.tag == "VB"]
    return any(c.lemma == "government" for w in formed for c in w.children if c.dep == "dobj")


def _is_talk(frame: Frame, lexicon: Lexicon) -> bool:
    """ "let me start", "let them know", "takes medical leave": manners of speaking, not permissions."""
    if frame.head.lemma == "take" and any(theme.lemma == "leave" for theme in frame.themes):
        return True
    if frame.form == "public" and frame.entry == "tell":
        return not any(c.dep == "xcomp" for c in clauses.content(frame.head))
    if frame.kind == "resume" and any(theme.lemma in lexicon.calm for theme in frame.themes):
        return True
    if frame.form == "public" and frame.agent is not None and frame.agent.lower == "you":
        return any(word.text == '"' for word in frame.sentence.words)
    if frame.kind != "allow" or frame.head.lemma != "let":
        return False
    told = [child.lower for child in frame.head.children] + [
        w.lower for c in clauses.content(frame.head) for w in c.children
    ]
    known = any(c.lemma in lexicon.say or c.lemma in lexicon.let_be for c in clauses.content(frame.head))
    return known or bool(lexicon.speakers & set(told))


def _is_visit(frame: Frame, lexicon: Lexicon) -> bool:
    """ "he enters the court", "the minister joins the council": one person goes in, no state."""
    who = frame.agent
    if frame.kind != "join" or who is None or lexicon.thing(who) is not None:
        return False
    return who.lower in ("he", "she", "i") or _is_person(who, lexicon)


def _is_out_of_office(frame: Frame, lexicon: Lexicon) -> bool:
    """ "the former minister quits the union": who once decided for others, and decides for himself now."""
    who = _decider(frame, lexicon)
    if who is None or frame.head.child("dobj") is who or clauses.is_passive(frame.head):
        return False
    names = [who, *(c for c in who.children if c.dep in ("compound", "nmod") and c.i < who.i)]
    gone = any(c.lower in ("former", "ex", "ex-") for name in names for c in name.children)
    return gone and any(_is_role(name, lexicon) for name in names)


def _is_personal(frame: Frame, lexicon: Lexicon) -> bool:
    """Whether it is done to one person by name: no policy is made for the doctor who is struck off."""
    if frame.entry in lexicon.penal or any(theme.lemma in lexicon.penal for theme in frame.themes):
        return False
    if frame.kind == "pause" and any(theme.lemma in lexicon.trades for theme in frame.themes):
        return True
    if any(theme.lemma in lexicon.careers for theme in frame.themes):
        return True
    if frame.kind in ("cancel", "delay", "remove") and frame.agent is not None and _is_entry(frame.themes, lexicon):
        return True
    if frame.kind in ("ban", "pause") and any(_is_bout(c, lexicon) for c in frame.head.children):
        return True
    inner = [thing for theme in frame.themes if not clauses.is_verb(theme) for thing in clauses.themes(theme)]
    return any(_is_person(thing, lexicon) for thing in (*frame.themes, *inner, *_concerned(frame)))


def _is_entry(things: Sequence[Word], lexicon: Lexicon) -> bool:
    """ "a meeting": what stands in one diary."""
    return any(thing.lemma in lexicon.appointments and thing.tag == "NN" for thing in things)


def _concerned(frame: Frame) -> list[Word]:
    """Whom it is given, taken from or done to: "a visa to Ann", "strips Ann of her rank"."""
    nouns = [theme for theme in frame.themes if not clauses.is_verb(theme)]
    told = [c for c in frame.head.children if c.dep in ("dobj", "nsubjpass", "dative")]
    kept = frame.kind in ("refuse", "remove", "allow", "ban")
    below = [
        c
        for word in (frame.head, *nouns)
        if kept
        for c in word.children
        if c.lower in _TOWARDS and c.dep in ("prep", "dative")
    ]
    given = [c for place in below for c in place.children if c.dep == "pobj" and c is not frame.agent]
    return [*told, *given]


def _is_person(noun: Word, lexicon: Lexicon) -> bool:
    """Whether a name is told to be one person's: by a title, an office or a trade before it, or in apposition."""
    if noun.pos != "PROPN" or lexicon.thing(noun) is not None or any(c.dep == "conj" for c in noun.children):
        return False
    before = [c for c in noun.children if c.i < noun.i]
    if any(c.lower in ("old", "aged") for c in before):
        return True
    return any(_is_role(c, lexicon) for c in before) or any(_is_role(c, lexicon) for c in _appositions(noun))


def _appositions(noun: Word) -> list[Word]:
    """ "Ann, the minister", "Ann, one of the best historians": what a name is told to be."""
    found = [c for c in noun.children if c.dep == "appos" and c.i > noun.i]
    members = [m for c in found if c.lower == "one" for of in c.children for m in of.children if of.lower == "of"]
    return [*found, *members]


def _is_role(word: Word, lexicon: Lexicon) -> bool:
    return bool({word.lower, word.lemma.lower()} & lexicon.roles)


def _is_bout(preposition: Word, lexicon: Lexicon) -> bool:
    """ "banned for four matches": what only a player is banned from."""
    span = preposition.child("pobj") if preposition.lower in ("for", "from") else None
    return span is not None and bool({span.lemma, span.lower} & lexicon.bouts)


def _is_one_case(frame: Frame, lexicon: Lexicon) -> bool:
    """ "rules that the families can sue the maker", "overturns the ruling in the murder of": one case in court."""
    above = clauses.governor(frame.head)
    who = clauses.own_subject(frame.head)
    if above.link == "complement" and above.word.lemma in lexicon.ruling and who is not None:
        aged = any(c.lemma in ("old", "aged") for c in who.children)
        return frame.head.lemma in lexicon.litigation or aged or who.child("nummod") is not None
    if frame.entry == "order":
        return any(c.lemma in lexicon.litigation for c in clauses.content(frame.head))
    verdicts = [theme for theme in frame.themes if lexicon.thing(theme) == "container"]
    below = [c for word in (frame.head, *verdicts) for c in word.children if c.lower == "in"]
    crimes = any(w.lemma in lexicon.crimes for c in below for w in c.children)
    return frame.kind in ("remove", "cancel") and bool(verdicts) and crimes


def _is_appeal(frame: Frame, lexicon: Lexicon) -> bool:
    """ "urges everyone to donate": what nobody is bound to, whoever asks for it."""
    if frame.form != "public" or frame.entry not in lexicon.tell or frame.entry in ("order", "require"):
        return False
    asked = next((c for c in clauses.content(frame.head) if c.dep in ("xcomp", "ccomp")), None)
    return asked is not None and asked.lemma in lexicon.appeals


def _is_opinion(frame: Frame, lexicon: Lexicon) -> bool:
    """ "the raid was illegal": what somebody holds to be so, and no law makes so from now on."""
    if frame.form == "adjective" and frame.entry in lexicon.opinions and _is_called(frame.head, lexicon):
        return True
    verb = frame.head.head
    ruled = clauses.governor(verb).word.lemma in lexicon.ruling
    if frame.form != "adjective" or frame.entry not in lexicon.opinions or verb.lemma != "be" or ruled:
        return False
    dated = any(c.lower in ("now", "from", "as", "until", "longer") for c in (*verb.children, *frame.head.children))
    return not dated and clauses.tense(verb) in ("present", "past") and not clauses.modals(verb)


def _is_called(word: Word, lexicon: Lexicon) -> bool:
    """ "describes the deal as null and void": what somebody calls it."""
    place = word.head.head if word.dep == "conj" else word.head
    return place.lower == "as" and place.head.lemma in lexicon.calling


def _is_warfare(frame: Frame, lexicon: Lexicon) -> bool:
    """Whether it is how a war is fought, or an order to one's own troops: "halts the offensive"."""
    things = [w for theme in frame.themes for w in (theme, *clauses.themes(theme))]
    if frame.kind in ("pause", "resume", "cancel", "prolong", "delay"):
        return any(_is_fighting(thing, lexicon) for thing in things)
    if frame.kind == "approve" and any(c.lemma in lexicon.truces for thing in things for c in (thing, *thing.children)):
        return True
    if frame.entry == "push back" and any(
        t.lemma in lexicon.forces or t.lemma in lexicon.private for t in frame.themes
    ):
        return True
    told = frame.head.child("dobj", "nsubjpass")
    ordered = frame.kind == "require" and frame.entry in lexicon.tell and told is not None
    return ordered and told is not None and told.lemma in lexicon.forces


def _is_fighting(thing: Word, lexicon: Lexicon) -> bool:
    military = any(c.lemma in ("military", "combat", "against") for c in thing.children)
    return thing.lemma in lexicon.fighting or (thing.lemma in ("operation", "action") and military)


def _is_mishap(frame: Frame, lexicon: Lexicon) -> bool:
    """Whether one place or service stands still and nobody is told to decide it: "the bridge closes after a crash"."""
    if frame.kind not in ("shut", "open", "pause", "resume", "cancel", "delay") or _is_decided(frame, lexicon):
        return False
    thing = frame.themes[0] if frame.themes else frame.agent
    late = frame.kind in ("cancel", "delay")
    by_nobody = late and frame.agent is not None and not _is_anybody(frame.agent, lexicon)
    if thing is None or (frame.agent is not None and frame.agent is not thing and not by_nobody):
        return False
    hurt = late or any(w.lemma in lexicon.mishaps for w in frame.sentence.words)
    if thing.lemma in lexicon.facilities:
        return thing.tag in ("NN", "NNP") or hurt
    ruled = any(w.lemma in lexicon.authorities for w in frame.sentence.words) or lexicon.actor_forms.find(
        thing.subtree()
    )
    stopped = {thing.lemma.lower(), *(w.lemma for w in thing.subtree() if w.dep == "pobj")}
    return hurt and bool(stopped & lexicon.services) and not ruled


def _is_anybody(who: Word, lexicon: Lexicon) -> bool:
    """Whether one who may decide acts: a name, an office or a body, no "problem" or "storm"."""
    return who.pos != "NOUN" or _is_office(who, lexicon) or lexicon.thing(who) is not None


def _is_decided(frame: Frame, lexicon: Lexicon) -> bool:
    """Whether an end is set, or an office says it: "closed until May", "the mayor said it would close"."""
    below = frame.head.children
    term = any(c.lower in ("until", "till", "indefinitely", "permanently", "by", "to") for c in below)
    above = clauses.governor(frame.head)
    said = above.link in ("complement", "object") and above.word.lemma in lexicon.say
    return term or said or bool(clauses.modals(frame.head) and not clauses.own_subject(frame.head))


_REASONS: tuple[tuple[Callable[[Frame, Lexicon], bool], str], ...] = (
    (_is_private, "is done by one who decides for nobody else"),
    (_is_mere_cause, "has a mere cause, nobody who decides"),
    (_is_drift, "is how something moves by itself"),
    (_is_one_case, "is one case in court"),
    (_is_party_deal, "is about who governs"),
    (_is_talk, "is a manner of speaking"),
    (_is_visit, "is one person's way"),
    (_is_out_of_office, "is done by one who is out of office"),
    (_is_personal, "is done to one person"),
    (_is_appeal, "is an appeal that binds nobody"),
    (_is_opinion, "is held to be so, and not made so"),
    (_is_warfare, "is how a war is fought"),
    (_is_mishap, "is what a mishap brings about"),
)

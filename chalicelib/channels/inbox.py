"""The inbox of a person: popups lie in it until a mini program or a page asks for them.

    put(popup)                          # once, however often
    waiting_for("p_1a2b", "wx77aa...", now)
    done("p_1a2b", "6f1c...", Deed.SHOWN, now)
    joined("p_1a2b", ["p_3c4d"])        # persons became one

Popups follow the person: who puts one looks afterwards whether the person has become somebody else meanwhile, and who joins persons moves
what there is. So one of the two finds it, whichever comes last.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.update import Action

from chalicelib.channels.popup_records import PREFIX, PopupRecord, key_of, popup_of, record_of
from chalicelib.channels.popups import Deed, Popup, waiting
from chalicelib.people import store as people

_LOST: Final = "ConditionalCheckFailedException"


def put(popup: Popup) -> None:
    """Lays a popup into the inbox of its person; one that lies there already stays as it is."""
    _laid(popup)
    owner = _owner_of(popup.person)
    if owner != popup.person:
        _moved(popup, owner)


def of(person: str) -> list[Popup]:
    """All that lies there, shown or not, in no order."""
    partition, _ = key_of(person, "")
    return [popup_of(record) for record in PopupRecord.query(partition, PopupRecord.sk.startswith(PREFIX), consistent_read=True)]


def waiting_for(person: str, account: str, now: int) -> list[Popup]:
    """What is to be shown to a person where the account's pages ask."""
    return waiting(of(person), account, now)


def done(person: str, message: str, deed: Deed, now: int) -> Popup | None:
    """Notes what became of a popup, the first time counts. None: it does not lie in this inbox."""
    record = PopupRecord(*key_of(person, message))
    actions: list[Action] = [PopupRecord.shown_at.set(PopupRecord.shown_at | now)]
    if deed is not Deed.SHOWN:
        actions.append(PopupRecord.done_at.set(PopupRecord.done_at | now))
    try:
        record.update(actions, condition=PopupRecord.pk.exists())
    except UpdateError as error:
        if error.cause_response_code != _LOST:
            raise
        return None
    return popup_of(record)


def joined(survivor: str, merged: Iterable[str]) -> None:
    """Moves the popups of persons who are somebody else now. May be done again and again."""
    for person in merged:
        for popup in of(person):
            _moved(popup, survivor)


def _moved(popup: Popup, owner: str) -> None:
    """Copies first: whoever dies in between has it twice for a moment, and one of them is nobody's."""
    _laid(replace(popup, person=owner))
    PopupRecord(*key_of(popup.person, popup.id)).delete()


def _laid(popup: Popup) -> None:
    try:
        record_of(popup).save(condition=PopupRecord.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != _LOST:
            raise


def _owner_of(person: str) -> str:
    """Who the person is now; the same while nobody knows them."""
    root = people.roots([person]).get(person)
    return root.id if root is not None else person

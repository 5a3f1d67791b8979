"""A learner's own calendar: files as Outlook, Google and Apple write them, and what is said of those that are none."""

import json
import zipfile
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from grader.labs import calendar, calendar_file
from grader.labs.calendar import double_booked, hours_by_slot, my_week, read_calendar
from grader.learner.problem import Problem
from grader.learner.saved import private

BERLIN = ZoneInfo("Europe/Berlin")
UNTIL = date(2026, 11, 4)
"""A Wednesday: the weeks read are those before Monday, 2 November. Summer time ends on 25 October."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the lesson, outside of Binder, with charts that nobody sees."""
    monkeypatch.setattr(calendar, "lesson_folder", lambda: tmp_path)
    for name in calendar.BINDER:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))
    return tmp_path


def ics(*events: str, head: str = "", zones: str = "") -> str:
    inside = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{head}{zones}{inside}END:VCALENDAR\n"
    return text.replace("\n", "\r\n")


def read(folder: Path, text: str, weeks: int = 4, **more: str) -> pd.DataFrame:
    (folder / "mine.ics").write_bytes(text.encode())
    return read_calendar(weeks=weeks, until=UNTIL, zone=BERLIN, **more)


def starts(table: pd.DataFrame) -> list[str]:
    return [f"{moment:%m-%d %H:%M}" for moment in table["starts_at"]]


OUTLOOK_ZONE = """BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16011028T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010325T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
"""
OUTLOOK_SERIES = """
UID:040000008200E00074C5B7101A82E008
SUMMARY:Quarter planning
DTSTART;TZID="{zone}":20260907T090000
DTEND;TZID="{zone}":20260907T103000
RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261130T080000Z
EXDATE;TZID="{zone}":20261012T090000
X-MICROSOFT-CDO-BUSYSTATUS:BUSY
"""
OUTLOOK_MOVED = """
UID:040000008200E00074C5B7101A82E008
RECURRENCE-ID;TZID="{zone}":20261019T090000
SUMMARY:Quarter planning
DTSTART;TZID="{zone}":20261020T140000
DTEND;TZID="{zone}":20261020T150000
"""


@pytest.mark.parametrize(
    ("zone", "zones"),
    [
        ("W. Europe Standard Time", ""),
        ("W. Europe Standard Time", OUTLOOK_ZONE),
        ("Customized Time Zone", OUTLOOK_ZONE.replace("W. Europe Standard Time", "Customized Time Zone")),
        ("Europe/Berlin", ""),
    ],
)
def test_a_series_of_outlook_is_written_out_with_what_was_dropped_and_moved(
    folder: Path, zone: str, zones: str
) -> None:
    series, moved = OUTLOOK_SERIES.format(zone=zone), OUTLOOK_MOVED.format(zone=zone)
    table = read(folder, ics(series, moved, head="METHOD:PUBLISH\n", zones=zones))
    # The 12th was dropped, the 19th moved to Tuesday; the clock was put back on the 25th, the meeting stays at nine.
    assert starts(table) == ["10-05 09:00", "10-20 14:00", "10-26 09:00"]
    assert list(table["hours"]) == [1.5, 1.0, 1.5]


def test_another_time_zone_becomes_local_time(folder: Path) -> None:
    table = read(
        folder,
        ics(
            'UID:1\nSUMMARY:New York\nDTSTART;TZID="Eastern Standard Time":20261006T090000\n'
            'DTEND;TZID="Eastern Standard Time":20261006T100000',
            "UID:2\nSUMMARY:UTC\nDTSTART:20261027T090000Z\nDTEND:20261027T093000Z",
        ),
    )
    assert starts(table) == ["10-06 15:00", "10-27 10:00"]
    assert table["starts_at"].dt.tz is None


def test_apples_floating_time_a_duration_and_a_folded_title(folder: Path) -> None:
    table = read(
        folder,
        ics(
            "UID:1\nSUMMARY:A long title that Apple folds so that no line of the file has more\n"
            "  than seventy-five bytes\\, as RFC 5545 says\nDTSTART:20261006T090000\nDURATION:PT1H15M"
        ),
    )
    assert list(table["title"]) == [
        "A long title that Apple folds so that no line of the file has more than seventy-five bytes, as RFC 5545 says"
    ]
    assert starts(table) == ["10-06 09:00"]
    assert list(table["hours"]) == [1.25]


def test_all_day_entries_are_marked_and_take_no_hours(folder: Path) -> None:
    table = read(
        folder,
        ics(
            "UID:1\nSUMMARY:Fair\nDTSTART;VALUE=DATE:20261005\nDTEND;VALUE=DATE:20261007",
            "UID:2\nSUMMARY:Leave\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE\nDTSTART:20261012T000000\nDTEND:20261013T000000",
            "UID:3\nSUMMARY:Birthday\nDTSTART;VALUE=DATE:20261014",
            "UID:4\nSUMMARY:Night train\nDTSTART:20261015T210000\nDTEND:20261016T070000",
        ),
    )
    assert dict(zip(table["title"], table["all_day"], strict=True)) == {
        "Fair": True,
        "Leave": True,
        "Birthday": True,
        "Night train": False,
    }
    assert list(table[table["counted"]]["title"]) == ["Night train"]


ME = "me@example.org"
INVITED = "ORGANIZER;CN=Mirela Vale:mailto:mirela@example.org\nATTENDEE;CN=Mirela:mailto:mirela@example.org\n"


def invited(number: int, answer: str, status: str = "CONFIRMED", title: str = "Planning") -> str:
    return (
        f"UID:{number}\nSUMMARY:{title}\nDTSTART:202610{number:02}T090000\nDTEND:202610{number:02}T100000\n"
        f"STATUS:{status}\n{INVITED}ATTENDEE;PARTSTAT={answer};CN=Me:mailto:ME@example.org\n"
    )


def test_cancelled_and_declined_are_told_apart_and_take_no_hours(folder: Path) -> None:
    text = ics(
        invited(5, "ACCEPTED"),
        invited(6, "DECLINED"),
        invited(7, "ACCEPTED", "CANCELLED"),
        invited(8, "NEEDS-ACTION", "TENTATIVE"),
        invited(9, "TENTATIVE", title="Canceled: Planning"),
        head=f"X-WR-CALNAME:{ME}\n",
    )
    table = read(folder, text)
    assert list(table["status"]) == ["confirmed", "confirmed", "cancelled", "tentative", "cancelled"]
    assert list(table["you"]) == ["accepted", "declined", "accepted", "no answer", "tentative"]
    assert list(table["left_out"]) == ["", "declined", "cancelled", "tentative", "cancelled"]
    assert list(table["counted"]) == [True, False, False, False, False]
    assert set(table["organiser"]) == {"Mirela Vale"}
    assert set(table["attendees"]) == {2}


def test_a_cancellation_that_came_as_a_message_is_cancelled(folder: Path) -> None:
    table = read(folder, ics(invited(5, "ACCEPTED"), head="METHOD:CANCEL\n"))
    assert list(table["status"]) == ["cancelled"]


def test_you_are_the_address_that_stands_in_most_meetings(folder: Path) -> None:
    other = invited(7, "DECLINED").replace("mirela", "owen").replace("Mirela", "Owen")
    text = ics(invited(5, "ACCEPTED"), invited(6, "ACCEPTED"), other)
    assert list(read(folder, text)["you"]) == ["accepted", "accepted", "declined"]


def test_where_you_do_not_show_nothing_is_declined_unless_you_say_who_you_are(folder: Path) -> None:
    text = ics(invited(5, "DECLINED"))  # two people in one meeting: it could be either
    assert list(read(folder, text)["you"]) == [""]
    assert list(read(folder, text, you="Me@Example.org")["you"]) == ["declined"]


def test_an_entry_without_people_has_one_attendee(folder: Path) -> None:
    table = read(folder, ics("UID:1\nSUMMARY:Focus\nDTSTART:20261006T090000\nDTEND:20261006T100000"))
    assert list(table["attendees"]) == [1]
    assert list(table["organiser"]) == [""]


def test_only_whole_weeks_before_this_monday_are_read(folder: Path) -> None:
    days = ("20261004", "20261005", "20261101", "20261102")
    events = [f"UID:{day}\nSUMMARY:{day}\nDTSTART:{day}T090000\nDTEND:{day}T100000" for day in days]
    assert list(read(folder, ics(*events))["title"]) == ["20261005", "20261101"]
    assert list(read(folder, ics(*events), weeks=5)["title"]) == ["20261004", "20261005", "20261101"]


def test_without_a_zone_it_is_the_time_of_this_machine(folder: Path) -> None:
    (folder / "mine.ics").write_text(ics("UID:1\nSUMMARY:x\nDTSTART:20261006T090000Z\nDTEND:20261006T100000Z"))
    expected = pd.Timestamp("2026-10-06T09:00Z").to_pydatetime().astimezone().replace(tzinfo=None)
    assert list(read_calendar(weeks=4, until=UNTIL)["starts_at"]) == [expected]


def one(number: int, at: str = "20261006T090000", until: str = "20261006T100000", more: str = "") -> str:
    return f"UID:{number}\nSUMMARY:Entry {number}\nDTSTART:{at}\nDTEND:{until}\n{more}"


@pytest.mark.parametrize(
    ("head", "zones", "event", "named"),
    [
        ("X-WR-TIMEZONE:Asia/Tokyo\n", "", one(1, "20261006T000000Z", "20261006T010000Z"), "Asia/Tokyo"),
        ("X-WR-TIMEZONE:Tokyo Standard Time\n", "", one(1, "20261006T000000Z", "20261006T010000Z"), "Asia/Tokyo"),
        ("", "", "UID:1\nSUMMARY:x\nDTSTART;TZID=Asia/Tokyo:20261006T090000\nDURATION:PT1H", "Asia/Tokyo"),
        ("", "", "UID:1\nSUMMARY:x\nDTSTART;TZID=Tokyo Standard Time:20261006T090000\nDURATION:PT1H", "Asia/Tokyo"),
        ("", OUTLOOK_ZONE, one(1, "20261006T070000Z", "20261006T080000Z"), "Europe/Berlin"),
    ],
)
def test_the_zone_is_the_files_own_and_the_card_says_so(
    folder: Path, head: str, zones: str, event: str, named: str
) -> None:
    (folder / "mine.ics").write_text(ics(event, head=head, zones=zones))
    assert starts(read_calendar(weeks=4, until=UNTIL)) == ["10-06 09:00"]
    assert f"Times are those of {named}, which the file names" in my_week(weeks=4, until=UNTIL).text


def test_the_zone_of_most_entries_is_taken(folder: Path) -> None:
    events = [f"UID:{n}\nSUMMARY:x\nDTSTART;TZID=Asia/Tokyo:2026100{n}T090000\nDURATION:PT1H" for n in (6, 7)]
    events.append("UID:1\nSUMMARY:x\nDTSTART;TZID=Europe/Berlin:20261008T090000\nDURATION:PT1H")
    (folder / "mine.ics").write_text(ics(*events))
    assert starts(read_calendar(weeks=4, until=UNTIL)) == ["10-06 09:00", "10-07 09:00", "10-08 16:00"]


def test_a_reader_may_name_the_zone_and_a_name_that_no_zone_has_gets_one_sentence(folder: Path) -> None:
    (folder / "mine.ics").write_text(ics(one(1, "20261006T070000Z", "20261006T080000Z")))
    assert starts(read_calendar(weeks=4, until=UNTIL, zone="Europe/Berlin")) == ["10-06 09:00"]
    with pytest.raises(Problem, match="no zone called"):
        read_calendar(weeks=4, until=UNTIL, zone="Saltmere")


def test_where_the_file_names_no_zone_the_card_says_whose_it_is(folder: Path) -> None:
    (folder / "mine.ics").write_text(ics(one(1, "20261006T070000Z", "20261006T080000Z")))
    assert "those of this machine" in my_week(weeks=4, until=UNTIL).text
    (folder / "mine.ics").write_text(ics(one(1)))
    assert "stand as the file has them" in my_week(weeks=4, until=UNTIL).text


def test_a_zone_that_nobody_knows_does_not_cost_the_calendar(folder: Path) -> None:
    (folder / "mine.ics").write_text(ics(one(1), head="X-WR-TIMEZONE:Saltmere/Pier\n"))
    assert starts(read_calendar(weeks=4, until=UNTIL)) == ["10-06 09:00"]


def test_what_is_no_meeting_is_left_out_and_the_card_says_how_many_and_why(folder: Path) -> None:
    text = ics(
        one(1),
        one(2, more="TRANSP:TRANSPARENT"),
        one(3, more="X-MICROSOFT-CDO-BUSYSTATUS:FREE"),
        one(4, more="X-MICROSOFT-CDO-BUSYSTATUS:OOF\nTRANSP:OPAQUE"),
        one(5, more="X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE"),
        one(6, more="X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE"),
        one(7, "20261006T080000", "20261009T090000"),
        one(8, more="X-MICROSOFT-CDO-BUSYSTATUS:BUSY\nTRANSP:OPAQUE"),
    )
    table = read(folder, text).set_index("title")
    assert list(table.index[table["counted"]]) == ["Entry 1", "Entry 8"]
    assert table.loc["Entry 7", "left_out"] == "a day or longer"
    said = my_week("entry", weeks=4, until=UNTIL, zone=BERLIN).text
    assert "1 a day or longer, 2 free, 1 tentative, 1 out of office, 1 working elsewhere" in said


def test_where_all_is_left_out_the_card_says_why(folder: Path) -> None:
    (folder / "mine.ics").write_text(ics(one(1, more="TRANSP:TRANSPARENT")))
    said = my_week(weeks=4, until=UNTIL, zone=BERLIN).text
    assert "No entry of the last 4 weeks counts" in said
    assert "1 free" in said


def test_a_long_entry_counts_and_is_named_since_it_may_be_a_holiday(folder: Path) -> None:
    (folder / "mine.ics").write_text(ics(one(1, until="20261006T170000"), one(2)))
    said = my_week("entry", weeks=4, until=UNTIL, zone=BERLIN).text
    assert "Of 6 hours or more, or away by the title, and counted: 1 (“Entry 1”). No meeting?" in said
    assert 'without="Entry 1"' in said


def test_titles_can_be_left_out_and_one_that_says_away_is_offered(folder: Path) -> None:
    text = ics(one(1), "UID:2\nSUMMARY:Out of office\nDTSTART:20261007T090000\nDTEND:20261007T120000")
    (folder / "mine.ics").write_text(text)
    assert (
        'counted: 1 (“Out of office”). No meeting? Add without="Out of office"' in my_week("entry", 4, until=UNTIL).text
    )
    said = my_week("entry", 4, until=UNTIL, without="Out of office").text
    assert "Left out of the hours: 1 as you say." in said
    assert 'mine = read_calendar(weeks=4, without="Out of office")' in said
    table = read_calendar(weeks=4, until=UNTIL, without=["out of office", ""])
    assert list(table["left_out"]) == ["", "as you say"]


@pytest.mark.parametrize("away", ["SUMMARY:Out of office", "SUMMARY:Me\nX-MICROSOFT-CDO-BUSYSTATUS:OOF"])
def test_what_lies_in_days_away_is_counted_and_named(folder: Path, away: str) -> None:
    days = f"UID:2\n{away}\nDTSTART;VALUE=DATE:20261006\nDTEND;VALUE=DATE:20261009"
    (folder / "mine.ics").write_text(ics(one(1), days, one(3, "20261012T090000", "20261012T100000")))
    said = my_week("entry", weeks=4, until=UNTIL).text
    assert "lie 1 entry, 1.0 hours together, and count all the same: “Entry 1”." in said


def test_the_card_says_how_many_private_titles_it_may_show(folder: Path) -> None:
    (folder / "mine.ics").write_text(ics(one(1, more="CLASS:PRIVATE"), one(2)))
    assert "Entries marked private: 1." in my_week("entry", weeks=4, until=UNTIL).text


def test_a_zone_is_not_offered_to_a_file_that_has_it(folder: Path) -> None:
    for name, offers in (("Asia/Tokyo", True), ("Europe/Berlin", False), ("W. Europe Standard Time", False)):
        (folder / "mine.ics").write_text(ics(one(1), head=f"X-WR-TIMEZONE:{name}\n"))
        assert ("Another?" in my_week("entry", weeks=4, until=UNTIL).text) is offers


@pytest.mark.parametrize("keyword", ["", "  ", None, 12])
def test_without_a_word_it_asks_for_one(folder: Path, keyword: object) -> None:
    (folder / "mine.ics").write_text(ics(one(1)))
    assert "Put a word of your titles" in my_week(keyword, weeks=4, until=UNTIL).text  # type: ignore[arg-type]


def test_two_words_with_a_comma_and_a_file_in_another_place_get_a_sentence(folder: Path) -> None:
    (folder / "amara.ics").write_text(ics(one(1)))
    assert "One word or phrase at a time." in my_week("plan, review", weeks=4, until=UNTIL).text
    assert 'my_week("planning", weeks=12, file="amara.ics")' in my_week("amara.ics").text
    assert 'weeks=12, file="amara.ics"' in my_week("planning", "amara.ics").text  # type: ignore[arg-type]


def test_of_two_calendars_the_newest_with_titles_is_offered_in_a_line_to_paste(folder: Path) -> None:
    holiday = "UID:9\nSUMMARY:Holiday\nDTSTART;VALUE=DATE:20301006\nDTEND;VALUE=DATE:20301007"
    busy = "UID:8\nSUMMARY:Busy\nDTSTART:20301006T090000\nDTEND:20301006T100000"
    old = one(1, "20251006T090000", "20251006T100000")
    for name, events in {"a": [holiday], "b": [busy], "m": [one(1)], "z": [old]}.items():
        (folder / f"{name}.ics").write_text(ics(*events))
    (folder / "c.ics").write_bytes(b"PK")
    said = my_week("plan", weeks=4, you="me@example.org").text
    assert 'my_week("plan", weeks=4, file="m.ics", you="me@example.org")' in said
    with pytest.raises(Problem, match=r'`mine = read_calendar\(weeks=4, file="m\.ics"\)`'):
        read_calendar(weeks=4)


def test_hours_are_divided_by_the_weeks_in_which_the_file_has_entries(folder: Path) -> None:
    (folder / "mine.ics").write_text(
        ics(one(1, "20261006T090000", "20261006T110000"), one(2, "20261027T090000", "20261027T110000"))
    )
    said = my_week("entry", weeks=26, until=UNTIL, zone=BERLIN).text
    assert "4 of your last 26 weeks: 1.0 hours a week" in said
    assert "from 5 October 2026 on: hours are divided by 4, not by the 26 asked for" in said


def test_a_word_that_no_title_has_gets_no_tick_and_three_titles_to_choose_from(folder: Path) -> None:
    (folder / "mine.ics").write_text(ics(one(1), one(2, "20261007T090000", "20261007T110000")))
    notice = my_week("planning", weeks=4, until=UNTIL, zone=BERLIN)
    assert "No title holds “planning”. Most hours have “Entry 2”, “Entry 1”" in notice.text
    assert "✓" not in notice._repr_html_()
    assert "✓" in my_week("entry", weeks=4, until=UNTIL, zone=BERLIN)._repr_html_()


@pytest.mark.parametrize("title", ["Busy", "Gebucht", ""])
def test_a_file_of_free_and_busy_times_says_that_it_cannot_group(folder: Path, title: str) -> None:
    events = [f"UID:{n}\nSUMMARY:{title}\nDTSTART:20261006T{n:02}0000\nDURATION:PT30M" for n in range(9, 15)]
    (folder / "mine.ics").write_text(ics(*events))
    notice = my_week("busy", weeks=4, until=UNTIL, zone=BERLIN)
    assert "holds free and busy times only" in notice.text
    assert "✓" not in notice._repr_html_()


def test_one_series_alone_is_no_file_of_free_and_busy_times(folder: Path) -> None:
    (folder / "mine.ics").write_text(ics(one(1, more="RRULE:FREQ=WEEKLY;COUNT=4")))
    assert "free and busy" not in my_week("entry", weeks=4, until=UNTIL, zone=BERLIN).text


def zipped(path: Path, *names: str) -> None:
    with zipfile.ZipFile(path, "w") as made:
        for name in names:
            made.writestr(name, ics(one(1)))


def test_a_calendar_in_a_zip_or_one_folder_down_is_found(folder: Path) -> None:
    zipped(folder / "w05.zip", "answers.ipynb")  # what was handed in lies here as well
    zipped(folder / "export.zip", "__MACOSX/._me@example.org.ics", "me@example.org.ics")
    assert len(read_calendar(weeks=4, until=UNTIL, zone=BERLIN)) == 1
    assert len(read_calendar("export.zip", weeks=4, until=UNTIL, zone=BERLIN)) == 1
    (folder / "export.zip").unlink()
    (folder / "export").mkdir()
    (folder / "export" / "me.ics").write_text(ics(one(1)))
    assert len(read_calendar(weeks=4, until=UNTIL, zone=BERLIN)) == 1


def test_a_zip_of_several_calendars_names_them_and_one_can_be_named(folder: Path) -> None:
    zipped(folder / "export.zip", "me.ics", "holidays.ics")
    with pytest.raises(Problem, match=r"holds 2 calendars \(`holidays\.ics`, `me\.ics`\)"):
        read_calendar(weeks=4, until=UNTIL, zone=BERLIN)
    with pytest.raises(Problem, match="holds 2 calendars"):
        read_calendar("export.zip", weeks=4, until=UNTIL, zone=BERLIN)
    assert len(read_calendar("me.ics", weeks=4, until=UNTIL, zone=BERLIN)) == 1


def test_a_calendar_that_is_too_large_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_file, "MOST_BYTES", 100)
    zipped(folder / "export.zip", "me.ics")
    with pytest.raises(Problem, match="larger than"):
        read_calendar(weeks=4, until=UNTIL, zone=BERLIN)
    (folder / "mine.ics").write_text(ics(one(1)))
    with pytest.raises(Problem, match="larger than"):
        read_calendar(weeks=4, until=UNTIL, zone=BERLIN)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_umlauts_survive_however_a_program_wrote_them(folder: Path, encoding: str) -> None:
    text = ics("UID:1\nSUMMARY:Gespräch über Größe\nDTSTART:20261006T090000\nDTEND:20261006T100000")
    (folder / "mine.ics").write_bytes(text.encode(encoding))
    assert list(read_calendar(weeks=4, until=UNTIL, zone=BERLIN)["title"]) == ["Gespräch über Größe"]


def test_one_entry_without_a_day_does_not_cost_the_others(folder: Path) -> None:
    text = ics(
        "UID:1\nSUMMARY:broken\nDTSTART:yesterday",
        "UID:2\nSUMMARY:whole\nDTSTART:20261006T090000\nDTEND:20261006T100000",
    )
    assert list(read(folder, text)["title"]) == ["whole"]
    assert "could not be read: 1" in my_week("whole", weeks=4, until=UNTIL, zone=BERLIN).text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"title,starts_at\nPlanning,9:00\n", "is not a calendar"),
        (b"", "is not a calendar"),
        (b"\x00\x01\xff" * 50, "is not a calendar"),
        (b"PK\x03\x04 and so on", "unpack it"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", "without an entry"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:half", "mine.ics"),
    ],
)
def test_a_file_that_is_no_calendar_gets_one_sentence(folder: Path, content: bytes, said: str) -> None:
    (folder / "mine.ics").write_bytes(content)
    with pytest.raises(Problem, match=r"mine\.ics") as caught:
        read_calendar(weeks=4, until=UNTIL, zone=BERLIN)
    assert said in str(caught.value)
    assert "Not read" in my_week(weeks=4, until=UNTIL, zone=BERLIN).text


def test_a_name_that_is_not_there_several_files_and_too_many_weeks_get_one_sentence(folder: Path) -> None:
    with pytest.raises(Problem, match=r"no `other\.ics`"):
        read_calendar("other.ics")
    for name in ("one.ics", "TWO.ICS"):
        (folder / name).write_text(ics("UID:1\nSUMMARY:x\nDTSTART:20261006T090000\nDTEND:20261006T100000"))
    with pytest.raises(Problem, match="holds 2 calendars"):
        read_calendar()
    assert len(read_calendar("one.ics", weeks=4, until=UNTIL, zone=BERLIN)) == 1
    for weeks in (0, 1_000, "12", True):
        with pytest.raises(Problem, match="whole number"):
            read_calendar(weeks=weeks)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", calendar.BINDER)
def test_in_binder_nothing_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (folder / "mine.ics").write_text(ics(invited(5, "ACCEPTED")))
    monkeypatch.setenv(name, "https://mybinder.org/")
    monkeypatch.setattr(Path, "read_bytes", lambda _path: pytest.fail("it was read"))
    notice = my_week()
    assert "Binder" in notice.text
    assert "not yours" in notice.text


def test_without_a_file_the_card_says_what_to_do_and_nothing_is_red() -> None:
    notice = my_week("planning")
    assert "No calendar yet" in notice.text
    assert "drag the file" in notice.text
    assert "hoh-card" in notice._repr_html_()


def test_the_card_says_hours_a_week_by_a_word_of_the_title_and_the_picture_its_finding(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(plt, "show", lambda: drawn.append(plt.gca().get_title(loc="left") or plt.gca().get_title()))
    weekly = "RRULE:FREQ=WEEKLY;COUNT=10"
    (folder / "mine.ics").write_text(
        ics(
            f"UID:1\nSUMMARY:Roadmap PLANNING\nDTSTART:20261005T090000\nDTEND:20261005T110000\n{weekly}",
            f"UID:2\nSUMMARY:Lena\nDTSTART:20261005T103000\nDTEND:20261005T113000\n{weekly}",
            "UID:3\nSUMMARY:Fair\nDTSTART;VALUE=DATE:20261006",
        )
    )
    notice = my_week("planning", weeks=4, until=UNTIL, zone=BERLIN)
    plt.close("all")
    assert "Your last 4 weeks: 3.0 hours a week" in notice.text
    assert "2.0 of them, 67%, in 4 entries" in notice.text
    assert "Booked twice over: 0.5 hours a week" in notice.text
    assert "Left out of the hours: 1 all-day." in notice.text
    assert "Times are those of Europe/Berlin, as you say." in notice.text
    assert "not handed in" in notice.text
    assert drawn == ["Your fullest hour: Monday from 10 to 11, 6.0 hours in 4 weeks"]


def test_a_calendar_that_ends_before_the_weeks_asked_for_says_how_old_it_is(folder: Path) -> None:
    (folder / "mine.ics").write_text(ics("UID:1\nSUMMARY:x\nDTSTART:20250106T090000\nDTEND:20250106T100000"))
    assert "06 January 2025" in my_week(weeks=4, until=UNTIL, zone=BERLIN).text


def test_hours_fall_into_the_slots_that_they_touch(folder: Path) -> None:
    table = read(folder, ics("UID:1\nSUMMARY:x\nDTSTART:20261009T093000\nDTEND:20261009T110000"))
    slots = hours_by_slot(table)
    assert list(slots.index) == [0, 1, 2, 3, 4]
    assert slots.loc[4].to_dict() == {9: 0.5, 10: 1.0}
    assert slots.loc[:3].to_numpy().sum() == 0


def test_an_hour_between_two_others_is_double_booked_once(folder: Path) -> None:
    at = [("090000", "110000"), ("093000", "100000"), ("110000", "120000")]
    events = [f"UID:{n}\nSUMMARY:x\nDTSTART:20261006T{a}\nDTEND:20261006T{b}" for n, (a, b) in enumerate(at)]
    assert double_booked(read(folder, ics(*events))) == 0.5


def test_the_companys_own_calendar_is_read_as_its_table_has_it(folder: Path, root: Path) -> None:
    """One file, written by `icalendar` from 19 series with exceptions, against the table that it was made of."""
    data = root / "datasets" / "seed7"
    asked = "title, strftime(starts_at, '%m-%d %H:%M'), strftime(ends_at, '%m-%d %H:%M'), status, organiser <> ''"
    written = duckdb.sql(f"SELECT {asked} FROM '{data / 'calendar_events.parquet'}' ORDER BY ALL").fetchall()
    mine = read_calendar(data / "calendar_events.ics", weeks=27, until=date(2026, 11, 4), zone=BERLIN)
    assert len(mine) > 500
    assert duckdb.sql(f"SELECT {asked} FROM mine ORDER BY ALL").fetchall() == written


def test_every_box_of_a_lesson_that_reads_the_learners_calendar_is_private(root: Path) -> None:
    found = 0
    for path in (root / "lessons").glob("*/*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code" and "grader.labs.calendar" in "".join(cell["source"]):
                found += 1
                assert private(cell), path.name
    assert found

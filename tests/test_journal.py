"""The journal: what was written comes back, what was torn is cut off, what was damaged is refused by its line, and what could not be written
leaves it as it was.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filorosso.graph import Delta, JournalError
from filorosso.graph.journal import FILE, Journal, Record, read_journal

# Whatever a literal may hold: line ends of every kind, quotes, letters beyond the first plane.
LEXICAL = st.text(st.characters(codec="utf-8"), max_size=20)
IRIS = st.sampled_from(["<http://example.org/a>", "<http://example.org/è>", "_:b1"])
QUADS = st.tuples(IRIS, IRIS, LEXICAL.map(lambda said: f'"{said}"@it'), st.sampled_from(["", "<http://example.org/g>"]))
GRAPHS = st.lists(st.sampled_from(["http://example.org/g", "http://example.org/h"]), max_size=2, unique=True).map(tuple)
CHANGES = st.builds(Delta, st.lists(QUADS, max_size=3).map(tuple), st.lists(QUADS, max_size=3).map(tuple), GRAPHS, GRAPHS)
RECORDS = st.lists(
    st.builds(
        Record, st.just(0), st.just("2026-11-29T08:00:00.000Z"), st.just("comune"), LEXICAL, st.sampled_from(["update", "put"]), CHANGES
    ),
    min_size=1,
    max_size=5,
).map(lambda records: [replace(record, revision=number) for number, record in enumerate(records, start=1)])
often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def record(revision: int, said: str = "") -> Record:
    quad = ("<http://example.org/s-1>", "<http://example.org/p>", f'"{revision}{said}"', "<http://example.org/g>")
    return Record(revision, "2026-11-29T08:00:00.000Z", "comune", "a reason", "update", Delta((quad,), (), ("http://example.org/g",)))


@contextmanager
def opened(home: Path) -> Iterator[Journal]:
    journal = Journal(home)
    try:
        yield journal
    finally:
        journal.close()


def written(home: Path, records: list[Record]) -> bytes:
    with opened(home) as journal:
        for each in records:
            journal.append(each)
    return (home / FILE).read_bytes()


@contextmanager
def holding(data: bytes) -> Iterator[Path]:
    """A home folder whose journal holds these bytes."""
    with TemporaryDirectory() as folder:
        (Path(folder) / FILE).write_bytes(data)
        yield Path(folder)


def refused(data: bytes) -> str:
    """What is said of a damaged journal; reading and opening it say the same, and neither changes it."""
    with holding(data) as home:
        with pytest.raises(JournalError) as read:
            read_journal(home)
        with pytest.raises(JournalError) as open_error, opened(home):
            pass
        assert str(read.value) == str(open_error.value)
        assert (home / FILE).read_bytes() == data
        return str(read.value).removeprefix(str(home))


def said_of(home: Path) -> str:
    try:
        read_journal(home)
    except JournalError as error:
        return str(error)
    return ""


def lines(data: bytes) -> list[bytes]:
    return [line + b"\n" for line in data.split(b"\n")[:-1]]


@often
@given(RECORDS)
def test_records_come_back_as_they_were_written(records: list[Record]) -> None:
    with TemporaryDirectory() as folder:
        home = Path(folder)
        written(home, records)
        assert list(read_journal(home)) == records
        with opened(home) as journal:
            assert list(journal.records) == records
            assert journal.revision == len(records)


def test_a_journal_goes_on_where_it_was_left(tmp_path: Path) -> None:
    with opened(tmp_path) as first:
        first.append(record(1))
        digest = first.digest
    with opened(tmp_path) as second:
        assert second.digest == digest
        second.append(record(2))
    assert read_journal(tmp_path) == (record(1), record(2))


def test_an_empty_home_has_an_empty_journal(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "none") == ()
    assert not (tmp_path / "none").exists()
    with opened(tmp_path / "none") as journal:
        assert (journal.revision, journal.digest, journal.records) == (0, "", ())


def test_only_the_owner_reads_the_journal(tmp_path: Path) -> None:
    written(tmp_path, [record(1)])
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_the_digest_tells_apart_journals_that_differ_in_their_past_alone(tmp_path: Path) -> None:
    digests = []
    for name in ("one", "other"):
        with opened(tmp_path / name) as journal:
            journal.append(record(1, name))
            journal.append(record(2))
            digests.append(journal.digest)
    assert digests[0] != digests[1]


@often
@given(RECORDS, st.data())
def test_a_torn_last_line_is_cut_off_and_the_rest_is_kept(records: list[Record], data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        whole = lines(written(Path(folder), records))
    # One byte short is torn too: the line end tells that the line is whole.
    cut = data.draw(st.integers(1, len(whole[-1])), label="bytes that are missing")
    kept = b"".join(whole[:-1])
    with holding((kept + whole[-1])[:-cut]) as home:
        assert list(read_journal(home)) == records[:-1]
        with opened(home) as journal:
            assert list(journal.records) == records[:-1]
            assert (home / FILE).read_bytes() == kept
            journal.append(records[-1])
        assert (home / FILE).read_bytes() == kept + whole[-1]


@often
@given(RECORDS, st.data())
def test_a_byte_that_was_changed_is_told_by_its_line(records: list[Record], data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        whole = written(Path(folder), records)
    place = data.draw(st.integers(0, len(whole) - 1), label="place")
    byte = data.draw(st.integers(1, 255), label="flipped bits") ^ whole[place]
    said = refused(whole[:place] + bytes([byte]) + whole[place + 1 :])
    assert f"{FILE}:{whole[:place].count(10) + 1}: the line is damaged" in said


def test_every_single_bit_counts(tmp_path: Path) -> None:
    empty = replace(record(1), why="\x1f", change=Delta(created=("http://example.org/g",)))
    whole = written(tmp_path, [empty, replace(empty, revision=2)])
    unseen = []
    with (tmp_path / FILE).open("r+b", buffering=0) as file:
        for place in range(len(whole)):
            for bit in range(8):
                os.pwrite(file.fileno(), bytes([whole[place] ^ 1 << bit]), place)
                if f"{FILE}:{whole[:place].count(10) + 1}: the line is damaged" not in said_of(tmp_path):
                    unseen.append((place, bit, whole[max(place - 6, 0) : place + 6]))
            os.pwrite(file.fileno(), whole[place : place + 1], place)
    assert unseen == []


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\x0b", b"\x1c", b"\x85", b"\x00"])
def test_a_byte_that_became_a_line_end_does_not_hide_what_follows(tmp_path: Path, end: bytes) -> None:
    # A hyphen is a carriage return but for one bit, and no end of a line.
    whole = written(tmp_path, [record(1), record(2), record(3)])
    place = whole.index(b"2026-") + 4
    assert f"{FILE}:1: the line is damaged" in refused(whole[:place] + end + whole[place + 1 :])


def test_the_last_line_end_that_was_changed_does_not_take_its_record_along(tmp_path: Path) -> None:
    whole = written(tmp_path, [record(1), record(2)])
    assert f"{FILE}:2: the line is damaged" in refused(whole[:-1] + b"\x0b")


def test_what_comes_after_the_last_record_and_is_none_is_told(tmp_path: Path) -> None:
    whole = written(tmp_path, [record(1)])
    assert f"{FILE}:2: the line is damaged" in refused(whole + b"{}\n")
    assert f"{FILE}:2: the line is damaged" in refused(whole + b"\n")


@often
@given(st.integers(2, 6), st.data())
def test_a_line_that_was_removed_is_told(number: int, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        whole = lines(written(Path(folder), [record(each) for each in range(1, number + 1)]))
    gone = data.draw(st.integers(0, number - 2), label="line")
    assert f"{FILE}:{gone + 1}: the line is damaged" in refused(b"".join(whole[:gone] + whole[gone + 1 :]))


@often
@given(st.integers(2, 6), st.data())
def test_lines_that_were_swapped_are_told(number: int, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        whole = lines(written(Path(folder), [record(each) for each in range(1, number + 1)]))
    one, other = sorted(data.draw(st.lists(st.integers(0, number - 1), min_size=2, max_size=2, unique=True), label="lines"))
    whole[one], whole[other] = whole[other], whole[one]
    assert f"{FILE}:{one + 1}: the line is damaged" in refused(b"".join(whole))


def test_a_line_of_another_journal_does_not_fit(tmp_path: Path) -> None:
    ours = lines(written(tmp_path / "ours", [record(1), record(2)]))
    theirs = lines(written(tmp_path / "theirs", [record(1, "other"), record(2)]))
    assert f"{FILE}:2: the line is damaged" in refused(ours[0] + theirs[1])


def test_a_revision_out_of_turn_is_told(tmp_path: Path) -> None:
    assert f"{FILE}:2: the line is damaged" in refused(written(tmp_path, [record(1), record(3)]))


def test_two_writers_at_once_are_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as first:
        first.append(record(1))
        # The lock is released when its holder ends; a second one may wait a while, and must not wait for ever.
        code = f"from pathlib import Path; from filorosso.graph.journal import Journal; Journal(Path({str(tmp_path)!r}))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1
        assert "JournalError" in done.stderr
        assert "another service writes it" in done.stderr
        assert read_journal(tmp_path) == (record(1),)
        first.append(record(2))
    with opened(tmp_path) as second:
        assert second.revision == 2


def test_a_writer_that_was_killed_leaves_the_journal_to_the_next(tmp_path: Path) -> None:
    code = f"import sys, time; from pathlib import Path; from filorosso.graph.journal import Journal; j = Journal(Path({str(tmp_path)!r}));"
    writer = subprocess.Popen([sys.executable, "-c", code + "print('open', flush=True); time.sleep(60)"], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"open\n"
    writer.kill()
    writer.wait(timeout=10)
    writer.stdout.close()
    with opened(tmp_path) as journal:
        journal.append(record(1))


def test_a_writer_that_is_about_to_end_is_waited_for(tmp_path: Path) -> None:
    """The engine of a service that was killed hears of it when it next looks up; the service that is started meanwhile must not give up."""
    code = f"import time; from pathlib import Path; from filorosso.graph.journal import Journal; j = Journal(Path({str(tmp_path)!r}));"
    ending = "print('open', flush=True); time.sleep(2)"
    with subprocess.Popen([sys.executable, "-c", code + ending], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"open\n"
        with opened(tmp_path) as journal:
            journal.append(record(1))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Leave no room on a disk; a journal's last page may still have some."""
    filler = disk / "filler"
    with filler.open("wb") as handle:
        try:
            while True:
                os.write(handle.fileno(), bytes(4096))
        except OSError:
            pass
    yield
    filler.unlink()


def assert_refuses_and_recovers(home: Path, trouble: Callable[[], object], relief: Callable[[], object]) -> None:
    """A long record is refused while there is trouble and changes nothing; when it is over, the same one is kept."""
    long = record(2, "x" * 10_000)
    with opened(home) as journal:
        journal.append(record(1))
        before, digest = (home / FILE).read_bytes(), journal.digest
        trouble()
        for _ in range(2):
            with pytest.raises(JournalError, match=r"could not be kept .*; nothing was changed"):
                journal.append(long)
            assert (home / FILE).read_bytes() == before
            assert (journal.revision, journal.digest, journal.records) == (1, digest, (record(1),))
        relief()
        journal.append(long)
    assert read_journal(home) == (record(1), long)


def test_a_full_disk_changes_nothing_and_a_later_write_is_kept(small_disk: Path) -> None:
    filling = full(small_disk)
    home = small_disk / "home"
    assert_refuses_and_recovers(home, filling.__enter__, lambda: filling.__exit__(None, None, None))


@pytest.fixture
def limited() -> Iterator[Callable[[int], None]]:
    """Limits the length of the files that this process writes, in bytes; -1 lifts the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield lambda length: resource.setrlimit(resource.RLIMIT_FSIZE, (length if length >= 0 else soft, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, before)


def test_a_write_that_stops_half_way_changes_nothing_and_a_later_one_is_kept(tmp_path: Path, limited: Callable[[int], None]) -> None:
    # The kernel writes up to the limit, then refuses: half the line is on the disk by then.
    assert_refuses_and_recovers(tmp_path, lambda: limited(3000), lambda: limited(-1))


def fail(*_: object) -> None:
    raise OSError(5, "Input/output error")


def test_a_disk_that_does_not_sync_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync, failures = os.fsync, [fail]
    with opened(tmp_path) as journal:
        journal.append(record(1))
        before = (tmp_path / FILE).read_bytes()
        # It fails for the line and works for taking it back.
        monkeypatch.setattr(os, "fsync", lambda file: (failures.pop() if failures else sync)(file))
        with pytest.raises(JournalError, match=r"could not be kept \(Input/output error\)"):
            journal.append(record(2))
        assert (tmp_path / FILE).read_bytes() == before
        journal.append(record(2, "again"))
    assert read_journal(tmp_path) == (record(1), record(2, "again"))


def test_a_disk_that_takes_nothing_back_is_not_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as journal:
        journal.append(record(1))
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fail)
            with pytest.raises(JournalError):
                journal.append(record(2))
        with pytest.raises(JournalError, match="start the service again"):
            journal.append(record(2))
        assert journal.revision == 1
    with opened(tmp_path) as journal:
        assert journal.revision in (1, 2)  # it was never acknowledged: there or not, but whole


def test_nothing_is_acknowledged_before_it_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    sync = os.fsync

    def counted(file: int) -> None:
        sync(file)
        synced.append(os.fstat(file).st_size)

    with opened(tmp_path) as journal:
        monkeypatch.setattr(os, "fsync", counted)
        for number in range(1, 4):
            journal.append(record(number))
            assert synced[-1] == (tmp_path / FILE).stat().st_size


def test_a_new_journal_is_on_the_disk_with_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A power cut forgets a new file whose folder was not synced, and its records with it.
    synced: list[Path] = []
    sync = os.fsync

    def noted(file: int) -> None:
        sync(file)
        synced.append(Path(f"/proc/self/fd/{file}").readlink())

    monkeypatch.setattr(os, "fsync", noted)
    written(tmp_path, [record(1)])
    assert tmp_path in synced


def test_a_copy_that_is_made_while_it_is_written_can_be_read(tmp_path: Path) -> None:
    code = f"""if True:
        from pathlib import Path
        from tests.test_journal import Journal, record
        journal = Journal(Path({str(tmp_path)!r}))
        for number in range(1, 100_000):
            journal.append(record(number, "x" * (number * 997 % 20_000)))
            print(number, flush=True)
    """
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent) as writer:
        assert writer.stdout is not None
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            acknowledged = int(writer.stdout.readline())
            with holding((tmp_path / FILE).read_bytes()) as copy, opened(copy) as journal:
                assert journal.revision >= acknowledged
        writer.kill()

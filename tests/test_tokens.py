"""Tokens: each is said once and kept as a digest, writes what it may and nothing else, and counts no more from the moment it is revoked."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from filorosso.graph import TokenError, check_token, create_token, read_tokens, revoke_token
from filorosso.graph.tokens import FILE

from .services import Running, serving

PLAN = "http://example.org/plan"


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FILOROSSO_LANG": "en", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "filorosso.api.cli", "token", *arguments, "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


def created(home: Path, name: str, *graphs: str) -> str:
    return create_token(home, name, graphs or ("*", "default"), f"tests of {name}")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("tokens")
    with serving(home, "--bare", "--dataset", "plain", "--workers", "2") as running:
        yield running


@pytest.fixture
def place(service: Running) -> Path:
    """The home folder of the service."""
    return service.log.parent


def put(service: Running, token: str | None, graph: str | None = PLAN, scheme: str = "Bearer") -> httpx.Response:
    """Write one triple into a graph; None is the default graph."""
    headers = {"content-type": "text/turtle"} | ({"authorization": f"{scheme} {token}"} if token is not None else {})
    address = f"{service.address}/graphs?" + ("default" if graph is None else f"graph={graph}")
    return httpx.post(address, content="<http://example.org/s> <http://example.org/p> 1 .", headers=headers, timeout=30)


def test_a_token_names_its_owner_and_has_a_secret_of_256_bits(tmp_path: Path) -> None:
    token = created(tmp_path, "comune-di-seregno", PLAN)
    assert re.fullmatch(r"filorosso_comune-di-seregno_[\w-]{43}", token)
    found = check_token(read_tokens(tmp_path), token)
    assert found is not None
    assert (found.name, found.graphs, found.why, found.revoked) == ("comune-di-seregno", (PLAN,), "tests of comune-di-seregno", None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found.created)


def test_no_two_tokens_have_the_same_secret(tmp_path: Path) -> None:
    assert len({created(tmp_path, f"t{number}").rpartition("_")[2] for number in range(20)}) == 20


def test_only_digests_are_on_the_disk(tmp_path: Path) -> None:
    token = created(tmp_path, "comune")
    secret = token.removeprefix("filorosso_comune_")
    held = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert sha256(secret.encode()).hexdigest().encode() in held[tmp_path / FILE]
    assert [path for path, content in held.items() if secret.encode() in content] == []


def test_a_service_that_was_written_to_keeps_no_secret_either(service: Running, place: Path) -> None:
    token = created(place, "kept")
    assert put(service, token).is_success
    assert put(service, token, scheme="Basic").status_code == 401
    secret = token.removeprefix("filorosso_kept_").encode()
    files = [path for path in place.rglob("*") if path.is_file()]
    assert {"journal.jsonl", FILE, service.log.name} <= {path.name for path in files}
    assert [path for path in files if secret in path.read_bytes()] == []


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_only_the_owner_reads_the_file_of_tokens(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        created(tmp_path, "first")
        created(tmp_path, "second")
        revoke_token(tmp_path, "first")
    finally:
        os.umask(before)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_what_a_killed_process_left_behind_does_not_open_the_file(tmp_path: Path) -> None:
    left = tmp_path / ".tokens.json"
    left.write_text("half of it")
    left.chmod(0o644)
    created(tmp_path, "comune")
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_name_is_not_used_again_even_after_it_was_revoked(tmp_path: Path) -> None:
    token = created(tmp_path, "comune")
    with pytest.raises(TokenError, match="there is a token comune already"):
        created(tmp_path, "comune")
    assert check_token(read_tokens(tmp_path), token)
    revoke_token(tmp_path, "comune")
    with pytest.raises(TokenError, match="names are not used again"):
        created(tmp_path, "comune")


@pytest.mark.parametrize("name", ["", "Comune", "comune di seregno", "comune_di_seregno", "-a", "a-", "è", "a\n", "../a"])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(TokenError, match="is no name for a token"):
        created(tmp_path, name)
    assert read_tokens(tmp_path) == ()


@pytest.mark.parametrize(("graphs", "said"), [((), "at least one graph"), (("plan",), "is not the IRI"), ((PLAN, ""), "is not the IRI")])
def test_a_token_for_no_graph_is_refused(tmp_path: Path, graphs: tuple[str, ...], said: str) -> None:
    with pytest.raises(TokenError, match=said):
        create_token(tmp_path, "comune", graphs, "")


def test_tokens_that_are_made_at_once_are_all_kept(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda number: created(tmp_path, f"t{number}"), range(40)))
    held = read_tokens(tmp_path)
    assert [token for token in tokens if check_token(held, token) is None] == []
    assert len(held) == 40


def test_a_token_counts_as_it_was_given_and_in_no_other_form(tmp_path: Path) -> None:
    one, other = created(tmp_path, "one"), created(tmp_path, "other")
    held = read_tokens(tmp_path)
    secret = one.removeprefix("filorosso_one_")
    mixed = "filorosso_other_" + secret
    digest = next(token.digest for token in held if token.name == "one")
    for wrong in ("", secret, one[:-1], one + "A", one.upper(), mixed, f"filorosso_one_{digest}", "filorosso_one_", "filorosso__" + secret):
        assert check_token(held, wrong) is None, wrong
    assert (check_token(held, one), check_token(held, other)) == held


@pytest.mark.parametrize("damage", ["", "[", "null", '["x"]', '[{"name": "comune"}]', '[{"graphs": 1}]', '{"comune": 1}', "\udcff"])
def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path, damage: str) -> None:
    (tmp_path / FILE).write_text(damage, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(TokenError, match=f"{FILE}: cannot be read; put it back from a copy"):
        read_tokens(tmp_path)
    with pytest.raises(TokenError, match="cannot be read"):
        created(tmp_path, "comune")
    assert (tmp_path / FILE).read_text(encoding="utf-8", errors="surrogateescape") == damage


def test_without_a_token_nothing_is_written(service: Running, place: Path) -> None:
    token = created(place, "shown")
    nobody = put(service, None)
    assert nobody.status_code == 401
    assert nobody.headers["www-authenticate"] == 'Bearer realm="filorosso"'
    for shown, scheme in ((token[:-1], "Bearer"), (token, "Basic"), (token, "Token"), (token.replace("shown", "other"), "Bearer")):
        answer = put(service, shown, scheme=scheme)
        assert answer.status_code == 401, (shown, scheme)
        assert token.rpartition("_")[2] not in answer.text
    update = httpx.post(f"{service.address}/update", data={"update": f"DROP GRAPH <{PLAN}>"}, timeout=30)
    assert update.status_code == 401
    assert put(service, token, scheme="bearer").is_success


def test_a_revoked_token_counts_no_more_from_the_next_request_on(service: Running, place: Path) -> None:
    token, other = created(place, "leaving"), created(place, "staying")
    assert put(service, token).is_success
    revoke_token(place, "leaving")
    assert put(service, token).status_code == 401
    assert put(service, other).is_success
    first = next(each.revoked for each in read_tokens(place) if each.name == "leaving")
    revoke_token(place, "leaving")
    assert [each.revoked for each in read_tokens(place) if each.name == "leaving"] == [first]


def test_a_new_token_counts_at_once(service: Running, place: Path) -> None:
    assert put(service, created(place, "new")).is_success


SCOPES = [
    ((PLAN,), {PLAN: True, PLAN + "/annex": False, PLAN[:-1]: False, "http://example.org/other": False, None: False}),
    ((PLAN + "*",), {PLAN: True, PLAN + "/annex": True, PLAN + "s": True, "http://example.org/other": False, None: False}),
    (("default",), {PLAN: False, None: True}),
    (("*",), {PLAN: True, "urn:x:y": True}),
    ((PLAN, "urn:x:*"), {PLAN: True, "urn:x:y": True, "urn:y": False}),
]


@pytest.mark.parametrize(("graphs", "may"), SCOPES)
def test_a_token_writes_the_graphs_it_was_given_for(
    service: Running, place: Path, graphs: tuple[str, ...], may: dict[str | None, bool]
) -> None:
    token = created(place, f"scope-{SCOPES.index((graphs, may))}", *graphs)
    for graph, allowed in may.items():
        # A write that changes nothing asks for no right.
        httpx.post(
            f"{service.address}/update",
            data={"update": f"DROP SILENT GRAPH <{graph}>" if graph else "DROP DEFAULT"},
            headers={"authorization": f"Bearer {created(place, f'clean-{len(read_tokens(place))}')}"},
            timeout=30,
        ).raise_for_status()
        answer = put(service, token, graph)
        assert answer.is_success if allowed else answer.status_code == 403, (graph, answer.text)


def test_the_default_graph_has_to_be_named(service: Running, place: Path) -> None:
    # `*` stands for all graphs that have a name; the one that has none is not among them.
    httpx.delete(f"{service.address}/graphs?default", headers={"authorization": f"Bearer {created(place, 'emptying')}"}, timeout=30)
    assert put(service, created(place, "star", "*"), None).status_code == 403
    assert put(service, created(place, "star-and-default", "*", "default"), None).is_success


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { GRAPH <http://example.org/mine> { <urn:s> <urn:p> 2 } GRAPH <http://example.org/theirs> { <urn:s> <urn:p> 2 } }",
        "INSERT DATA { GRAPH <http://example.org/mine> { <urn:s> <urn:p> 3 } } ; DROP GRAPH <http://example.org/theirs>",
        "MOVE GRAPH <http://example.org/theirs> TO <http://example.org/mine>",
        "DELETE WHERE { GRAPH ?g { ?s ?p ?o } }",
        "CREATE GRAPH <http://example.org/empty>",
        "COPY GRAPH <http://example.org/mine> TO DEFAULT",
        "DROP ALL",
    ],
)
def test_an_update_that_reaches_beyond_is_refused_as_a_whole(service: Running, place: Path, update: str) -> None:
    number = len(read_tokens(place))
    mine, all_of_it = created(place, f"mine-{number}", "http://example.org/mine"), created(place, f"all-{number}")
    for graph in ("http://example.org/mine", "http://example.org/theirs"):
        assert put(service, all_of_it, graph).is_success
    emptied = httpx.delete(f"{service.address}/graphs?default", headers={"authorization": f"Bearer {all_of_it}"}, timeout=30)
    assert emptied.is_success
    query = {"query": "SELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g ?s ?p ?o"}
    before = httpx.get(f"{service.address}/sparql", params=query, headers={"accept": "text/csv"}, timeout=30).text
    assert "http://example.org/theirs" in before
    answer = httpx.post(f"{service.address}/update", data={"update": update}, headers={"authorization": f"Bearer {mine}"}, timeout=30)
    assert answer.status_code == 403, answer.text
    assert httpx.get(f"{service.address}/sparql", params=query, headers={"accept": "text/csv"}, timeout=30).text == before


def test_damaged_tokens_let_nobody_write_and_everybody_read(service: Running, place: Path) -> None:
    token = created(place, "before-the-damage")
    whole = (place / FILE).read_bytes()
    (place / FILE).write_bytes(whole[: len(whole) // 2])
    try:
        assert put(service, token).status_code == 503
        assert httpx.get(f"{service.address}/sparql", params={"query": "ASK {}"}, timeout=30).status_code == 200
    finally:
        (place / FILE).write_bytes(whole)
    assert put(service, token).is_success


def test_the_command_line_makes_lists_and_revokes(tmp_path: Path) -> None:
    assert (run(tmp_path, "list").stdout, run(tmp_path, "list").stderr) == ("", "")
    made = run(tmp_path, "create", "comune", "--graph", PLAN, "--graph", "default", "--why", "The plan")
    assert (made.returncode, made.stderr) == (0, "")
    token = made.stdout.removesuffix("\n")
    assert check_token(read_tokens(tmp_path), token) == read_tokens(tmp_path)[0]
    listed = run(tmp_path, "list")
    assert listed.returncode == 0
    name, state, since, graphs, why = listed.stdout.removesuffix("\n").split("\t")
    assert (name, state, graphs, why) == ("comune", "counts", f"{PLAN} default", "The plan")
    assert since.removeprefix("since ") == json.loads((tmp_path / FILE).read_text())[0]["created"]
    assert token.rpartition("_")[2] not in listed.stdout
    gone = run(tmp_path, "revoke", "comune")
    assert (gone.returncode, gone.stdout, gone.stderr) == (0, "", "")
    assert run(tmp_path, "list").stdout.split("\t")[1].startswith("revoked 20")
    assert check_token(read_tokens(tmp_path), token) is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "comune", "--graph", PLAN), "there is a token comune already"),
        (("create", "Comune", "--graph", PLAN), "is no name for a token"),
        (("create", "other"), "give --graph"),
        (("revoke", "nobody"), "there is no token nobody"),
        (("create",), "required"),
        (("forget", "comune"), "invalid choice"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_changes_nothing(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    created(tmp_path, "comune", PLAN)
    before = (tmp_path / FILE).read_bytes()
    done = run(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert (tmp_path / FILE).read_bytes() == before


def test_a_full_disk_leaves_the_tokens_that_there_are(tmp_path: Path) -> None:
    token = created(tmp_path, "comune", PLAN)
    long = ("http://example.org/" + "x" * 9000,)
    limited = f"""if True:
        import resource
        from pathlib import Path
        from filorosso.graph import create_token
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        create_token(Path({str(tmp_path)!r}), "other", {long!r}, "")
    """
    done = subprocess.run([sys.executable, "-c", limited], capture_output=True, text=True, timeout=60, check=False)
    assert "File too large" in done.stderr
    assert [each.name for each in read_tokens(tmp_path)] == ["comune"]
    assert check_token(read_tokens(tmp_path), token)
    created(tmp_path, "other", *long)
    assert len(read_tokens(tmp_path)) == 2

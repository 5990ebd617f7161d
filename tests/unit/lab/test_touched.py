"""A trace is told by kinds of places: what was read, what written, whom it spoke with."""

from lab.touched import BEGIN, END, PAGE, Touched, table, touched

TRACE = """\
12 openat(AT_FDCWD, "/in/a.dcm", O_RDONLY|O_CLOEXEC) = 3
12 openat(AT_FDCWD, "/in/a.dcm", O_RDONLY|O_CLOEXEC) = 3
12 openat(AT_FDCWD, "/in/missing", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)
12 openat(AT_FDCWD, "/out/x.csv", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 4
13 openat(AT_FDCWD</work>, "/in/b.dcm", O_RDONLY) = 8</in/b.dcm>
13 unlinkat(9</out>, "old", 0) = 0
13 rename("/out/.x", "/out/x") = 0
13 openat(AT_FDCWD, "/home/me/.cache/id", O_RDWR|O_CREAT, 0600) = 5
13 socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 5
13 connect(5, {sa_family=AF_UNIX, sun_path="/tmp/listener"}, 110) = 0
14 socket(AF_INET, SOCK_DGRAM, 0) = 6
14 connect(6, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("192.0.2.1")}, 16) = 0
14 bind(7, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
"""
KINDS = [("/in", "INPUT"), ("/out", "OUT")]


def test_files_are_counted_once_by_kind_and_failed_calls_not_at_all() -> None:
    found = touched(TRACE, KINDS)
    assert found.read == {"INPUT": 2}
    assert found.written == {"OUT": 3, "other": 1}


def test_sockets_are_told_in_words_and_an_address_elsewhere_as_it_is() -> None:
    found = touched(TRACE, KINDS)
    assert set(found.sockets) == {
        "AF_INET",
        "AF_UNIX",
        "between its own processes",
        "this machine",
        "192.0.2.1",
    }


def test_each_command_is_a_row() -> None:
    none = Touched(read={}, written={}, sockets=())
    text = table({"run": touched(TRACE, KINDS), "doctor": none})
    assert "| `run` | 2 of INPUT | 3 of OUT, 1 of other |" in text
    assert "| `doctor` | none | none | none |" in text


def test_the_page_has_a_place_for_it() -> None:
    page = PAGE.read_text()
    assert page.index(BEGIN) < page.index(END)

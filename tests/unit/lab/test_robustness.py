"""The table of attempts: told by the tests, suite by suite, and kept between runs."""

from lab.robustness import BEGIN, END, PAGE, Attack, rows_of_page, table, with_table

TRIED = [
    Attack(suite="test_attacks", name="a lock", n_attempts=3, outcomes={"passed": 3}),
    Attack(suite="test_attacks", name="a key", n_attempts=2, outcomes={"passed": 1, "failed": 1}),
    Attack(suite="test_fuzz", name="bytes", outcomes={"skipped": 1}),
]


def test_a_table_tells_each_attack_under_its_suite_and_what_did_not_hold() -> None:
    told = table(TRIED)
    assert "| **Damaged, edited or removed** | | |\n| a lock | 3 | held |" in told
    assert "| a key | 2 | DID NOT HOLD |" in told
    assert "| bytes |  | not tried here |" in told
    assert "5 attempts in all; 1 tests did not hold." in told


def test_rows_that_stand_on_a_page_are_read_back_and_written_the_same() -> None:
    page = with_table(f"before\n{BEGIN}\n{END}\nafter", table(TRIED))
    assert table(rows_of_page(page)) == table(TRIED)
    assert page.startswith("before\n")
    assert page.endswith("\nafter")


def test_the_page_of_the_documentation_can_be_read_back() -> None:
    page = PAGE.read_text()
    assert with_table(page, table(rows_of_page(page))) == page

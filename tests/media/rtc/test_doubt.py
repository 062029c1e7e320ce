from media.rtc.doubt import WRONG, Doubt

HERE, ELSEWHERE = ("2001:db8::7", 1, 0, 0), ("2001:db8:0:1::7", 1, 0, 0)


def test_a_source_that_is_wrong_too_often_waits_for_the_next_second() -> None:
    doubt = Doubt()
    for number in range(WRONG):
        assert not doubt.excludes(HERE, 5.1)
        doubt.count((f"2001:db8::{number:x}", 1, 0, 0))  # one network is one source
    assert doubt.excludes(HERE, 5.9)
    assert not doubt.excludes(HERE, 6.0)


def test_another_source_is_heard_all_the_same() -> None:
    heard = 0
    for _ in range(20):  # buckets are shared by chance: one in 256
        doubt = Doubt()
        assert not doubt.excludes(HERE, 1.0)
        for _ in range(WRONG):
            doubt.count(HERE)
        heard += not doubt.excludes(ELSEWHERE, 1.0)
    assert heard >= 18

"""What people complain of in other learning systems, and the tests that keep it from happening here. Each named test must exist."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]

COMPLAINTS = {
    "a certificate without passing": ["test_a_course_certificate_needs_a_score_that_passes"],
    "a percentage that lies": ["test_progress_is_told_in_words_first"],
    "earned but not issued": ["test_a_certificate_that_was_earned_and_never_issued_is_found"],
    "can't renew": [
        "test_who_renews_early_keeps_the_anniversary",
        "test_the_window_opens_by_the_day_where_the_partner_is",
    ],
    "recertification wipes the wrong data": ["test_a_failed_refresher_wipes_nothing"],
    "an upgrade re-issues certificates": ["test_a_course_certificate_is_issued_once_however_often_it_is_asked_for"],
    "names that change later": ["test_a_record_keeps_the_name_of_its_day"],
    "the wrong day for the time zone": [
        "test_overdue_is_told_by_the_day_where_the_partner_is",
        "test_a_record_lapses_at_the_end_of_its_last_day",
    ],
    "answers or feedback in the page before grading": [
        "test_no_answer_of_the_portal_to_a_learner_holds_the_key_before_grading",
        "test_a_paper_never_holds_the_key_nor_feedback_nor_explanation",
    ],
    "limits enforced only in the page": ["test_attempts_stay_within_the_limit_however_many_windows_try"],
    "the learner locked out after failing": [
        "test_a_learner_without_attempts_left_is_brought_to_the_representative",
        "test_a_new_start_can_be_in_another_language_of_the_course",
    ],
    "progress lost on a crash": [
        "test_an_answer_that_cannot_be_saved_stays_and_is_tried_again",
        "test_another_device_opens_the_lesson_where_it_was_left",
    ],
    "edits that corrupt scores": [
        "test_a_running_learner_stays_on_their_version",
        "test_an_existing_record_stays_and_the_page_says_what_changed",
    ],
    "failed attempts overwritten": ["test_a_failed_attempt_is_kept_beside_the_one_that_passes"],
    "reminders after completion": [
        "test_nobody_is_reminded_of_what_is_done",
        "test_who_has_passed_and_waits_for_compliance_is_not_reminded",
    ],
    "reminders twice": ["test_two_schedulers_and_a_restart_make_one_reminder"],
    "an import that dies on a semicolon or a byte order mark": ["test_delimiter_and_encoding_are_found"],
    "a course copy for each language": ["test_a_quiz_is_asked_answered_and_passed_in_its_own_language"],
    "formulas in files": ["test_a_name_that_is_a_formula_stays_text"],
    "two submissions counted as two": ["test_32_parallel_submits_of_one_attempt_make_one"],
}


@pytest.fixture(scope="module")
def written():
    files = (path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    return {name for text in files for name in re.findall(r"^def (test_\w+)\(", text, re.M)}


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_each_complaint_about_learning_systems_has_its_test(complaint, written):
    assert set(COMPLAINTS[complaint]) <= written

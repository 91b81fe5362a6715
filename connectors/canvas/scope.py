"""What Canvas says and Tessera does not want: the documented scope of each stream, by field."""

# fmt: off
ACCOUNT = frozenset({
    "course_count", "course_template_id", "default_group_storage_quota_mb", "default_storage_quota_mb",
    "default_time_zone", "default_user_storage_quota_mb", "integration_id", "lti_guid", "root_account_id",
    "sis_import_id", "sub_account_count", "uuid",
})
USER = frozenset({
    "avatar_state", "avatar_url", "bio", "created_at", "effective_locale", "last_login", "locale", "lti_user_id",
    "permissions", "sis_import_id", "sis_login_id", "sortable_name", "time_zone", "uuid",
})
COURSE = frozenset({
    "allow_final_grade_override", "allow_student_assignment_edits", "allow_student_forum_attachments",
    "allow_wiki_comments", "apply_assignment_group_weights", "banner_image_download_url", "blueprint", "calendar",
    "concluded", "course_color", "course_format", "created_at", "default_view", "enrollments", "friendly_name",
    "grade_passback_setting", "grading_standard_id", "hide_final_grades", "homeroom_course", "image_download_url",
    "integration_id", "is_public", "is_public_to_auth_users", "license", "locale", "open_enrollment", "original_name",
    "overridden_course_visibility", "permissions", "public_description", "public_syllabus", "public_syllabus_to_auth",
    "restrict_enrollments_to_course_dates", "root_account_id", "self_enrollment", "sis_import_id", "storage_quota_mb",
    "storage_quota_used_mb", "syllabus_body", "template", "total_students", "uuid",
})
TERM = frozenset({
    "created_at", "grading_period_group_id", "overrides", "sis_import_id", "sis_term_id",
    "used_in_course_pace_enrollments",
})
SECTION = frozenset({
    "created_at", "integration_id", "nonxlist_course_id", "restrict_enrollments_to_section_dates", "sis_course_id",
    "sis_import_id", "total_students",
})
ENROLLMENT = frozenset({
    "computed_current_score", "course_integration_id", "created_at", "grades", "has_grading_periods",
    "html_url", "last_activity_at", "last_attended_at", "limit_privileges_to_course_section", "role", "role_id",
    "root_account_id", "section_integration_id", "sis_account_id", "sis_course_id", "sis_import_id", "sis_section_id",
    "sis_user_id", "total_activity_time", "totals_for_all_grading_periods_option", "user",
})
ASSIGNMENT = frozenset({
    "allowed_attempts", "allowed_extensions", "annotatable_attachment_id", "anonymize_students", "anonymous_grading",
    "anonymous_instructor_annotations", "anonymous_peer_reviews", "anonymous_submissions", "assignment_group_id",
    "automatic_peer_reviews", "can_duplicate", "created_at", "description", "discussion_topic", "due_date_required",
    "external_tool_tag_attributes", "final_grader_id", "free_form_criterion_comments", "freeze_on_copy", "frozen",
    "frozen_attributes", "grade_group_students_individually", "graded_submissions_exist",
    "grader_comments_visible_to_graders", "grader_count", "grader_names_visible_to_final_grader",
    "graders_anonymous_to_graders", "grading_standard_id", "grading_type", "group_category_id", "has_overrides",
    "has_submitted_submissions", "hide_in_gradebook", "html_url", "important_dates", "in_closed_grading_period",
    "integration_data", "integration_id", "intra_group_peer_reviews", "is_quiz_assignment", "is_quiz_lti_assignment",
    "lock_at", "lock_explanation", "lock_info", "locked_for_user", "lti_context_id", "max_name_length",
    "moderated_grading", "muted", "needs_grading_count", "omit_from_final_grade", "only_visible_to_overrides",
    "original_assignment_id", "original_assignment_name", "original_course_id", "original_lti_resource_link_id",
    "original_quiz_id", "peer_review_count", "peer_reviews", "peer_reviews_assign_at", "position", "post_manually",
    "post_to_sis", "quiz_id", "require_lockdown_browser", "restrict_quantitative_data", "rubric", "rubric_settings",
    "secure_params", "sis_assignment_id", "submission_types", "submissions_download_url", "turnitin_enabled",
    "turnitin_settings", "unpublishable", "url", "use_rubric_for_grading", "vericite_enabled", "visible_to_everyone",
    "workflow_state",
})
GRADING_PERIOD = frozenset({
    "period.close_date", "period.created_at", "period.grading_period_group_id", "period.id", "period.is_closed",
    "period.is_last", "period.permissions", "period.weight", "set",
})
SUBMISSION = frozenset({
    "anonymous_id", "assignment_visible", "attachments", "body", "cached_due_date", "custom_grade_status_id",
    "discussion_entries", "entered_grade", "entered_score", "extra_attempts", "full_rubric_assessment",
    "grading_period_id", "has_originality_report", "html_url",
    "late_policy_status", "media_comment", "points_deducted", "preview_url", "redo_request",
    "seconds_late", "sticker", "submission_type", "turnitin_data", "url", "vericite_data",
})
OUTCOME = frozenset({
    "outcome.assessed", "outcome.calculation_int", "outcome.calculation_method", "outcome.can_edit",
    "outcome.can_unlink", "outcome.context_id", "outcome.context_type", "outcome.display_name",
    "outcome.friendly_description", "outcome.has_updateable_rubrics", "outcome.points_possible", "outcome.ratings",
    "outcome.url",
})
OUTCOME_RESULT = frozenset({"result.id", "result.percent", "result.hide_points"})
# fmt: on

"""Follow-up tasks: a questionnaire for one patient, sent when due, answered on the phone, read by staff."""

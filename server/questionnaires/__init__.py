"""Questionnaires: FHIR R4 as received, and the derived form that phones render and answers are checked by."""

"""Pure rules of questionnaires: reading FHIR, which questions show, checking answers, scoring."""

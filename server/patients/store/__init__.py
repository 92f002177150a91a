"""Patients, bindings, codes, consents and care relations in Mongo. Personal fields are sealed."""

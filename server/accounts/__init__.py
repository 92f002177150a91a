"""WeChat accounts: who is holding the phone. Patients are another thing (`server/patients`)."""

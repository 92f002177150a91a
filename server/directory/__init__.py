"""The hospital's departments, doctors, clinics and slots, mirrored from the HIS; slots are our pool of record."""

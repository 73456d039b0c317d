"""What every page needs and no feature owns: the access guard, errors, the form base, filters, navigation."""

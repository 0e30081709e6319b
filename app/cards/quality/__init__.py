"""What is doubtful in the directory's data: one pure check for each kind, and a report that reads everybody once."""

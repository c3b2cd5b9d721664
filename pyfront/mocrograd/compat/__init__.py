"""What exists because torch has it: functions of its top level, old constructors, switches, running its scripts."""

"""What is here because torch has it: functions of its top level, old constructors, switches, its scripts."""

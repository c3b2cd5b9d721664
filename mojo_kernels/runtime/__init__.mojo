"""What every kernel shares: types, schedules, the team of threads, storage, GPU launch."""

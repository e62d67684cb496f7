extension Stack {
  /// What the database answers to its superuser, one line per row, columns parted by `|`.
  public func rows(_ sql: String) async throws -> [String] {
    try await Command(
      ["/usr/bin/psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql, databaseURL()]
    ).run()
  }
}

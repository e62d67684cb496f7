import Testing

@testable import Postgres

struct MigrationPlanTests {
  private func plan(_ names: [String], applied: [String]) throws(MigrationError) -> [String] {
    try MigrationPlan.pending(
      names.map { (Migration(name: $0, sql: ""), "sum of " + $0) },
      applied: applied.map { MigrationPlan.Applied(name: $0, checksum: "sum of " + $0) }
    ).map(\.migration.name)
  }

  @Test func `what has run is left out`() throws {
    #expect(try plan(["a", "b", "c"], applied: []) == ["a", "b", "c"])
    #expect(try plan(["a", "b", "c"], applied: ["a"]) == ["b", "c"])
    #expect(try plan(["a"], applied: ["a"]) == [])
  }

  @Test func `a newer schema is refused`() {
    #expect(throws: MigrationError.newer("b")) { try plan(["a"], applied: ["a", "b"]) }
  }

  @Test func `an edited migration is refused`() {
    #expect(throws: MigrationError.edited("a")) {
      try MigrationPlan.pending(
        [(Migration(name: "a", sql: ""), "new")],
        applied: [MigrationPlan.Applied(name: "a", checksum: "old")]
      )
    }
  }

  @Test func `a migration slipped in before one that ran is refused`() {
    #expect(throws: MigrationError.reordered(expected: "b", found: "c")) {
      try plan(["a", "b", "c"], applied: ["a", "c"])
    }
  }
}

import Testing
import Wire

@testable import ChatCore

@Suite struct HistoryRangeTests {
  private func range(
    _ limit: Given<Int> = .nothing,
    before: Given<Int> = .nothing,
    after: Given<Int> = .nothing
  ) throws(Failure) -> HistoryRange {
    try HistoryRange(Chat.History(of: .value("r"), limit: limit, before: before, after: after))
  }

  @Test func `without bounds it is the newest thousand`() throws {
    let range = try range()
    #expect(range.limit == 1000 && range.after == 0 && range.before == .max && !range.goesForward)
  }

  @Test func `after goes forward, even from 0 and below a bound`() throws {
    #expect(try range(after: .value(0)).goesForward)
    let between = try range(.value(5), before: .value(20), after: .value(10))
    #expect(between.goesForward && between.limit == 5 && between.before == 20 && between.after == 10)
    #expect(try !range(before: .value(20)).goesForward)
  }

  @Test(arguments: [0, 1001, Int.max])
  func `a limit outside 1 to 1000 is invalid`(limit: Int) {
    #expect(throws: Failure.invalid("limit")) { try range(.value(limit)) }
    #expect(throws: Never.self) { try range(.value(1)) }
    #expect(throws: Never.self) { try range(.value(1000)) }
  }

  @Test func `faults are told in the order limit, before, after`() {
    #expect(throws: Failure.invalid("limit")) { try range(.unfit, before: .unfit, after: .unfit) }
    #expect(throws: Failure.invalid("before")) { try range(before: .unfit, after: .unfit) }
    #expect(throws: Failure.invalid("after")) { try range(after: .unfit) }
  }
}

import Testing
import Time

@testable import LiveCore

struct TotalsTests {
  /// Half past five in the afternoon, in a zone whose midnight is half past an hour of UTC.
  private let totals: Totals = {
    let start = Timestamp(seconds: 1_767_205_800)
    var totals = Totals()
    totals.since = (start + .seconds(64_800)).hourStart
    totals.day = Day(start: start, end: start + .seconds(86_400), weekStart: start - .seconds(6 * 86_400))
    return totals
  }()

  @Test func `the counters are over with their hour`() {
    #expect(!totals.isOver(at: totals.since))
    #expect(!totals.isOver(at: totals.since.nextHour - .microseconds(1)))
    #expect(totals.isOver(at: totals.since.nextHour))
    #expect(totals.isOver(at: totals.since - .microseconds(1)))
  }

  @Test func `the counters are over with their day, within an hour too`() {
    var late = totals
    late.since = totals.day.end.hourStart
    #expect(late.since != totals.day.end)
    #expect(!late.isOver(at: totals.day.end - .microseconds(1)))
    #expect(late.isOver(at: totals.day.end))
  }
}

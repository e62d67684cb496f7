import Glibc
import Testing
import Time

@Suite struct TimeTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
    (1_772_357_400_250_999, "2026-03-01T09:30:00.250Z"),
    (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
  ])
  func `a moment is written in UTC, its fraction cut`(microseconds: Int64, text: String) {
    #expect(Timestamp(microseconds: microseconds).iso8601() == text)
  }

  /// The C library reckons the same dates, over two cycles of leap years on each side of 1970.
  @Test func `every day is written as the calendar has it`() {
    for day in stride(from: -300_000, through: 300_000, by: 37) {
      var (whole, parts) = (time_t(day * 86_400 + 3723), tm())
      gmtime_r(&whole, &parts)
      let date = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
      let text = Timestamp(microseconds: Int64(whole) * 1_000_000).iso8601(fractionDigits: 0)
      #expect(text.hasSuffix("T01:02:03Z"))
      #expect(text.prefix { $0 != "T" }.split(separator: "-").map { Int($0) } == date)
    }
  }

  @Test(arguments: [
    ("2026-03-01T09:30:00Z", 1_772_357_400_000_000), ("2026-03-01T10:30:00.25+01:00", 1_772_357_400_250_000),
    ("2026-03-01t04:00:00.1234567-05:30", 1_772_357_400_123_456), ("1969-12-31T23:59:59.5z", -500_000),
  ])
  func `RFC 3339 is read with its offset`(text: String, microseconds: Int64) {
    #expect(Timestamp(iso8601: text)?.microseconds == microseconds)
  }

  @Test(arguments: [
    "", "2026-03-01", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
    "2026-01-01T00:00:60Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+1:00",
    "2026-01-01T00:00:00Z ", "٢٠26-01-01T00:00:00Z", "2026-00-01T00:00:00Z",
  ])
  func `what no calendar has is refused`(text: String) {
    #expect(Timestamp(iso8601: text) == nil)
  }

  @Test func `arithmetic ends at the ends instead of trapping`() {
    let end = Timestamp(microseconds: .max)
    let start = Timestamp(microseconds: .min)
    #expect(end + .seconds(1) == end)
    #expect(start - .seconds(1) == start)
    #expect((end - start).microseconds == .max)
    #expect(end + .seconds(Int64.max) == end)
    #expect(Timestamp(seconds: .infinity) == end)
    #expect(Timestamp(seconds: .nan).microseconds == 0)
    #expect(Timestamp(milliseconds: .min) == start)
    #expect(Timestamp(microseconds: -1).milliseconds == -1)
    #expect((Timestamp(seconds: 2.5) - Timestamp(seconds: 1)) == .milliseconds(1500))
    #expect(!end.iso8601().isEmpty)
    #expect(!start.iso8601().isEmpty)
  }

  @Test func `a manual clock moves only by hand`() {
    let clock = ManualClock(at: Timestamp(seconds: 100))
    let wall = clock.wall
    #expect(wall.now() == wall.now())
    clock.advance(by: .milliseconds(1500))
    #expect(wall.now().seconds == 101.5)
    clock.set(to: Timestamp(seconds: 7))
    #expect(wall.now().seconds == 7)
  }

  @Test func `a clock file shifts the clock when it is written`() throws {
    let path = "/tmp/carillon-clock-\(UInt64.random(in: .min ... .max))"
    defer { unlink(path) }
    try replace(path, with: "86400\n")
    #expect(WallClock.shifted(byFile: path).now() - WallClock.system.now() > .seconds(86390))
    #expect(WallClock.shifted(byFile: path + ".none").now() - WallClock.system.now() < .seconds(5))
    try replace(path, with: "tomorrow\n")
    #expect(WallClock.shifted(byFile: path).now() - WallClock.system.now() < .seconds(5))
  }

  private func replace(_ path: String, with text: String) throws {
    let file = try #require(fopen(path, "w"))
    fputs(text, file)
    fclose(file)
  }
}

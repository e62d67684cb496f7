import Postgres
import Testing
import Time
import Wire

@testable import StatsCore

@Suite struct IdentifierTests {
  @Test func `a UUID is answered in lower case in both modes`() {
    let upper = "5F0F6F5E-3F6B-4D6E-9B9A-0F4C8A6F2A22"
    for mode in IdentifierMode.allCases {
      #expect(mode.identifier(upper)?.text == upper.lowercased())
      #expect(mode.identifier(upper)?.label == nil)
    }
  }

  @Test(arguments: ["course-1", "x", "Übung 3", "日本", String(repeating: "a", count: 128)])
  func `a word is an id only where any text may be one`(text: String) throws {
    #expect(IdentifierMode.strict.identifier(text) == nil)
    let identifier = try #require(IdentifierMode.any.identifier(text))
    #expect(identifier.text == text)
    #expect(identifier == IdentifierMode.any.identifier(text))
    let digits = Array(identifier.id.description)
    #expect(digits[14] == "8" && "89ab".contains(digits[19]))
  }

  @Test(arguments: ["", "a/b", "a\nb", "\u{0}", "a\u{200B}", "\u{2028}", String(repeating: "a", count: 129)])
  func `a text that cannot be shown or stands in a path twice is no id`(text: String) {
    for mode in IdentifierMode.allCases { #expect(mode.identifier(text) == nil) }
  }

  @Test func `different words are different ids`() {
    #expect(Set((0..<1000).map { UUIDValue(label: "course-\($0)") }).count == 1000)
  }
}

@Suite struct CourseTotalsTests {
  let totals = CourseTotals(sessions: 2, modules: 5, meanScore: 75, weightedScore: 300, time: 20)

  @Test func `the mean is plain unless it is asked for by modules`() throws {
    #expect(totals.numbers(try Weighting(nil)) == Stats.Numbers(modules: 5, score: 75, time: 20))
    #expect(totals.numbers(try Weighting("modules")) == Stats.Numbers(modules: 5, score: 60, time: 20))
  }

  @Test(arguments: ["", "x", "Modules", "module"])
  func `another weighting is invalid`(text: String) {
    #expect(throws: Failure.invalid("weighting")) { try Weighting(text) }
  }

  @Test func `without modules the weighted mean is the plain one`() {
    let totals = CourseTotals(sessions: 2, modules: 0, meanScore: 75, weightedScore: 0, time: 20)
    #expect(totals.numbers(.modules)?.score == 75)
  }

  @Test func `without sessions there are no numbers`() {
    let nothing = CourseTotals(sessions: 0, modules: 0, meanScore: 0, weightedScore: 0, time: 0)
    #expect(nothing.numbers(.plain) == nil && nothing.numbers(.modules) == nil)
  }
}

@Suite struct PagingTests {
  @Test func `a page is a hundred sessions unless asked`() throws {
    #expect(try SessionPage(limit: nil, before: nil).limit == 100)
    #expect(try SessionPage(limit: "1000", before: nil).limit == 1000)
  }

  @Test(arguments: ["0", "1001", "-1", "ten", "", "1.5", "99999999999999999999"])
  func `another limit is invalid`(text: String) {
    #expect(throws: Failure.invalid("limit")) { try SessionPage(limit: text, before: nil) }
  }

  @Test(arguments: [0, 1, 1_767_225_600_000_123, 1_767_225_600_999_999, 7_999_999_999_999_999] as [Int64])
  func `a listed moment leads back to itself`(microseconds: Int64) throws {
    let moment = Timestamp(microseconds: microseconds)
    #expect(try SessionPage(limit: nil, before: "\(moment.listed)").before == moment)
  }

  @Test(arguments: ["", "x", "nan", "inf", "0x10", "-1", "1e300", "1 2", "\"1\""])
  func `another moment is invalid`(text: String) {
    #expect(throws: Failure.invalid("before")) { try SessionPage(limit: nil, before: text) }
  }

  @Test func `a place of an export leads back to itself`() throws {
    let place = ExportPlace(course: UUIDValue(label: "c"), session: UUIDValue(label: "s"))
    #expect(try ExportPlace(place.text) == place)
    #expect(try ExportPlace(nil) == .start)
  }

  @Test(arguments: ["", "/", "x/y", "5f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a22", "5f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a22/"])
  func `another place is invalid`(text: String) {
    #expect(throws: Failure.invalid("from")) { try ExportPlace(text) }
  }
}

import JSON
import Testing
import Wire

@testable import StatsCore

@Suite struct SessionFormTests {
  static let session = "5f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a22"

  /// Everything that is read of a form, in the contract's order.
  private func read(_ text: String, _ mode: IdentifierMode = .strict) throws -> (String, Stats.Numbers, Int?) {
    let form = try SessionForm(RawJSON(validating: Array(text.utf8)))
    return (try form.session(mode).text, try form.numbers(), try form.observation())
  }

  private func body(
    _ session: String = "\"\(session)\"",
    _ modules: String = "5",
    _ score: String = "80",
    _ time: String = "120000",
    _ more: String = ""
  ) -> String {
    """
    {"sessionId":\(session),"totalModulesStudied":\(modules),"averageScore":\(score),"timeStudied":\(time)\(more)}
    """
  }

  @Test func `a whole form reads as it stands and other members are ignored`() throws {
    let (session, numbers, observed) = try read(body().replacing("{", with: #"{"x":{"sessionId":7},"#))
    #expect(session == Self.session)
    #expect(numbers == Stats.Numbers(modules: 5, score: 80, time: 120_000))
    #expect(observed == nil)
  }

  @Test func `zeros are real numbers`() throws {
    #expect(try read(body("\"\(Self.session)\"", "0", "0", "-0")).1 == Stats.Numbers(modules: 0, score: 0, time: 0))
  }

  @Test(arguments: ["5", "5.0", "5e0", "50e-1", "1000000000", "1e9"])
  func `a whole number may be written in any way`(literal: String) throws {
    #expect(try read(body("\"\(Self.session)\"", literal)).1.modules == Int(Double(literal)!))
  }

  @Test func `the largest values are exact`() throws {
    let numbers = try read(body("\"\(Self.session)\"", "1000000000", "1000000", "9007199254740991")).1
    #expect(numbers == Stats.Numbers(modules: 1_000_000_000, score: 1_000_000, time: 9_007_199_254_740_991))
  }

  static let notNumbers = [#""5""#, "true", "false", "[]", "[5]", "{}", #""""#, "-1", "1e400", "-1e400"]

  @Test(arguments: notNumbers + ["2.5", "1000000001", "1e18", "1e19", "99999999999999999999"])
  func `modules that are no count are invalid`(literal: String) {
    #expect(throws: Failure.invalid("totalModulesStudied")) { try read(body("\"\(Self.session)\"", literal)) }
  }

  @Test(arguments: notNumbers + ["1000000.5", "-0.001"])
  func `a score out of range is invalid`(literal: String) {
    #expect(throws: Failure.invalid("averageScore")) { try read(body("\"\(Self.session)\"", "5", literal)) }
  }

  @Test(arguments: notNumbers + ["9007199254740993", "1e16"])
  func `a time out of range is invalid`(literal: String) {
    #expect(throws: Failure.invalid("timeStudied")) { try read(body("\"\(Self.session)\"", "5", "80", literal)) }
  }

  @Test(arguments: ["7", "true", "{}", #""x""#, #""5f0f6f5e3f6b4d6e9b9a0f4c8a6f2a22""#])
  func `a session that is no UUID is invalid`(literal: String) {
    #expect(throws: Failure.invalid("sessionId")) { try read(body(literal)) }
  }

  @Test(arguments: ["null", #""""#])
  func `an empty session is missing`(literal: String) {
    #expect(throws: Failure.missing("sessionId")) { try read(body(literal)) }
  }

  @Test func `the first missing field is told`() {
    let fields = ["sessionId", "totalModulesStudied", "averageScore", "timeStudied"]
    let values = ["\"\(Self.session)\"", "5", "80", "1"]
    for (index, field) in fields.enumerated() {
      let present = zip(fields, values).prefix(index).map { "\"\($0)\":\($1)" }
      let nulls = fields.dropFirst(index).map { "\"\($0)\":null" }
      #expect(throws: Failure.missing(field)) { try read("{\(present.joined(separator: ","))}") }
      #expect(throws: Failure.missing(field)) { try read("{\((present + nulls).joined(separator: ","))}") }
    }
  }

  @Test func `a fault before a missing field is told first`() {
    #expect(throws: Failure.invalid("sessionId")) { try read(#"{"sessionId":7}"#) }
  }

  @Test func `a name counts with its last value and in its escaped form`() throws {
    #expect(try read(body().replacing(#""averageScore":80"#, with: #""averageScore":1,"averageScore":2"#)).1.score == 2)
    #expect(try read(body().replacing("sessionId", with: #"session\u0049d"#)).0 == Self.session)
  }

  @Test(arguments: [("null", nil), ("0", 0), ("1767225600000", 1_767_225_600_000), ("2e3", 2000)] as [(String, Int?)])
  func `an observation is whole milliseconds`(literal: String, expected: Int?) throws {
    #expect(try read(body("\"\(Self.session)\"", "5", "80", "1", ",\"observedAt\":\(literal)")).2 == expected)
  }

  @Test(arguments: ["-1", "1.5", "true", #""1""#, "1e400", "9007199254740993"])
  func `another observation is invalid`(literal: String) {
    #expect(throws: Failure.invalid("observedAt")) {
      try read(body("\"\(Self.session)\"", "5", "80", "1", ",\"observedAt\":\(literal)"))
    }
  }

  @Test(arguments: ["[]", "7", #""x""#, "null"])
  func `a body that is no object is invalid`(text: String) {
    #expect(throws: Failure.invalid("body")) { try read(text) }
  }
}

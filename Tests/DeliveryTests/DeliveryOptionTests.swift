import JSON
import Testing
import Time
import Wire

@testable import DeliveryCore

@Suite struct DeliveryOptionTests {
  private let now = Timestamp(seconds: 1_767_225_600.25)

  private func moment(_ text: String, chance: Double = 0) throws -> Timestamp {
    try DeliveryOption(JSONValue(parsing: Array(text.utf8)), at: now).moment(at: now, chance: chance)
  }

  @Test(arguments: [
    (#"{"type":"day","time_zone":0,"parameters":2}"#, 172_800), (#"{"type":"min","parameters":"3"}"#, 180),
    (#"{"type":"day","parameters":2.0}"#, 172_800), (#"{"type":"day","parameters":"2.0"}"#, 172_800),
    (#"{"type":"hour"}"#, 3600), (#"{"type":"week","parameters":""}"#, 604_800), (#"{"type":"month"}"#, 2_629_744),
    (#"{"type":"year","parameters":null,"timezone":"1"}"#, 31_556_926), (#"{"type":"now"}"#, 0),
    (#"{"type":"three_weeks","parameters":"ignored"}"#, 1_814_400),
  ])
  func `a span counts from now`(option: String, seconds: Int) throws {
    #expect(try moment(option) == now + .seconds(seconds))
  }

  @Test func `a date is taken as it is, a past one as now`() throws {
    #expect(
      try moment(#"{"type":"calendar","timezone":"1","parameters":"1767225700"}"#).seconds == 1_767_225_700
    )
    #expect(try moment(#"{"type":"calendar","parameters":1767225700.5}"#).seconds == 1_767_225_700.5)
    #expect(try moment(#"{"type":"calendar","parameters":"1.7672257005E9"}"#).seconds == 1_767_225_700.5)
    #expect(try moment(#"{"type":"calendar","parameters":"0"}"#) == now)
  }

  @Test func `a surprise comes in two to nine and a half months`() throws {
    let option = #"{"type":"surprise"}"#
    #expect(try moment(option, chance: 0) == now + .seconds(5_259_487))
    #expect(try moment(option, chance: 0.999_999_999_999) == now + .seconds(25_000_000))
  }

  @Test(arguments: [
    #"{"type":"fortnight"}"#, #"{"type":"calendar"}"#, #"{"type":"calendar","parameters":"-5"}"#,
    #"{"type":"calendar","parameters":-5}"#, #"{"type":"calendar","parameters":"soon"}"#,
    #"{"type":"calendar","parameters":"nan"}"#, #"{"type":"calendar","parameters":1e400}"#,
    #"{"type":"calendar","parameters":"99999999999"}"#, #"{"type":"day","parameters":0}"#,
    #"{"type":"day","parameters":-1}"#, #"{"type":"day","parameters":"1.5"}"#, #"{"type":"day","parameters":"two"}"#,
    #"{"type":"day","parameters":1.5}"#, #"{"type":"year","parameters":101}"#,
    #"{"type":"min","parameters":"99999999999999999999"}"#, #"{"type":7}"#, "[]", "7", #"{}"#,
    #"{"type":"day","parameters":9223372036854775807}"#,
  ])
  func `what is no moment is refused`(option: String) {
    #expect(throws: Failure.invalid("delivery_option")) { try moment(option) }
  }

  @Test func `choices keep the order of their texts, and the calendar is not among them`() throws {
    let list = try #require(try SendChoice.list(in: .french).value().array)
    let orders = list.compactMap { $0.object?["order_id"]?.string }
    #expect(orders == orders.sorted() && orders.count == 8)
    #expect(list.first?.object?["send_label"]?.string == "Maintenant")
    #expect(!SendChoice.all.contains { $0.key == "calendar" })
    #expect(Set(SendChoice.all.map(\.key)).count == 8)
  }
}

@Suite struct AgeLabelTests {
  @Test(arguments: [
    (-5, "A moment earlier"), (86_399, "A moment earlier"), (86_400, "A few days earlier"),
    (518_399, "A few days earlier"), (518_400, "1 week earlier"), (3_888_000, "1 month earlier"),
    (3_888_001, "2 months earlier"), (27_612_256, "10 months earlier"), (27_612_257, "1 year ago"),
    (140_000_000, "4 years ago"), (140_000_001, "Many years ago"), (3_000_000_000, "Many years ago"),
  ])
  func `each range has its words`(seconds: Int, label: String) {
    #expect(AgeLabel(.seconds(seconds)).past(.english) == label)
  }

  @Test func `ranges rise and leave no gap`() {
    let starts = AgeLabel.table.map(\.from)
    #expect(starts == starts.sorted() && Set(starts).count == starts.count && starts[0] == .min)
    #expect(AgeLabel(.seconds(86_399.999_999)).past(.english) == "A moment earlier")
  }

  @Test func `the words follow the reader's country`() {
    #expect(AgeLabel(.seconds(7_000_000)).past(Language(country: "fr")) == "Il y a 3 mois")
    #expect(AgeLabel(.seconds(7_000_000)).future(Language(country: "us")) == "in 3 months")
    #expect(Language(phone: "0033199001203") == .french && Language(phone: "0012025550143") == .english)
  }
}

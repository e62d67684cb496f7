import JSON
import Postgres
import Testing
import Time
import Wire

@testable import DeliveryCore

@Suite struct ReceiveCursorTests {
  private let now = Timestamp(seconds: 2000)

  private func start(_ asked: Double, clock: Double?) -> Double {
    ReceiveCursor.start(asked: Timestamp(seconds: asked), clock: clock.map { Timestamp(seconds: $0) }, at: now).seconds
  }

  @Test(arguments: [
    ("1424250000", 1_424_250_000), ("1424250000.123456", 1_424_250_000.123_456),
    ("1.424250000123E9", 1_424_250_000.123), ("1.4E+9", 1_400_000_000), ("1.4E 9", 1_400_000_000), ("0", 0),
  ])
  func `the apps' three ways to write a moment`(text: String, seconds: Double) throws {
    #expect(try ReceiveCursor.parse(text) == Timestamp(seconds: seconds))
  }

  @Test(arguments: ["abc", "-1", "nan", "inf", "1e999", "0x10", "1,5", "1 2 3", "1_0", "٣"])
  func `anything else is refused`(text: String) {
    #expect(throws: Failure.invalid("ts")) { try ReceiveCursor.parse(text) }
    #expect(throws: Failure.missing("ts")) { try ReceiveCursor.parse("") }
  }

  @Test func `a cursor of the past counts as it is`() {
    #expect(start(1500, clock: nil) == 1500)
    #expect(start(1500, clock: 1900) == 1500)
    #expect(start(2000, clock: 1000) == 2000)
  }

  @Test func `a cursor of the future stands for what nobody was told of`() {
    #expect(start(5000, clock: nil) == 2000)
    #expect(start(5000, clock: 1900) == 1900)
    // Our clock was set back: what was told lies ahead of it.
    #expect(start(3000, clock: 3000) == 3000)
    #expect(start(2500, clock: 3000) == 2500)
  }

  @Test func `only a clock of the present is told without moving it`() {
    func isSettled(_ start: Double, clock: Double, unseen: Bool = false) -> Bool {
      let (start, clock) = (Timestamp(seconds: start), Timestamp(seconds: clock))
      return ReceiveCursor.isSettled(start: start, clock: clock, at: now, hasUnseen: unseen)
    }
    #expect(isSettled(1500, clock: 1999) && isSettled(1500, clock: 2000) && isSettled(1500, clock: 2500))
    #expect(!isSettled(1500, clock: 1998.999_999))
    #expect(!isSettled(1500, clock: 1999, unseen: true))
    #expect(!isSettled(2000, clock: 1999))
  }
}

@Suite struct ResendRuleTests {
  private let now = Timestamp(seconds: 1_767_225_600)

  private func span(age: Int, ago: Int, future: Int, _ chances: (Double, Double)) -> Duration {
    let delivered = now - .seconds(ago)
    return ResendRule.moment(
      created: delivered - .seconds(age),
      delivered: delivered,
      futureMessages: future,
      at: now,
      chances: (age: chances.0, step: chances.1)
    ) - now
  }

  @Test func `a young message, or a thin future, gets a made-up age`() {
    #expect(span(age: 5, ago: 0, future: 50, (0, 0)) == .seconds(5_625_000))
    #expect(span(age: 40_000_000, ago: 0, future: 9, (0.999_999_999_9, 0.999_999_999_9)) == .seconds(15_625_000))
  }

  @Test func `an old message among many comes back after about its age`() {
    #expect(span(age: 40_000_000, ago: 60, future: 10, (0, 0)) == .seconds(30_000_000))
    #expect(span(age: 40_000_000, ago: 60, future: 10, (0, 0.999_999_999_99)) == .seconds(50_000_000))
  }

  @Test func `what was delivered two years ago comes back in the future too`() {
    #expect(span(age: 5, ago: 63_113_852, future: 0, (0, 0)) == .seconds(5_625_000))
  }
}

@Suite struct SenderStatusTests {
  @Test(arguments: [
    (0, "Newbie"), (4, "Newbie"), (5, "Explorer"), (15, "Traveller"), (40, "Timekeeper"), (100, "Legend"),
  ])
  func `messages under way make a status`(count: Int, label: String) {
    #expect(SenderStatus(underway: count).label == label)
  }

  @Test func `it never falls`() {
    #expect(SenderStatus.traveller.raised(by: 0) == .traveller)
    #expect(SenderStatus.newbie.raised(by: 7) == .explorer)
    #expect(SenderStatus.founder.raised(by: 1000) == .founder)
  }
}

@Suite struct SendPlanTests {
  private let now = Timestamp(seconds: 1_767_225_600)
  private let ann = UUIDValue("7f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a11")!
  private let bob = UUIDValue("8f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a12")!
  private let bobPhone = "0033199001202"

  private func form(_ receivers: String, _ option: String = #"{"type":"day"}"#, photo: String = "") throws -> SendForm {
    let fields = RawJSON.object { writer in
      writer.member("message", "hello")
      writer.member("receiver_ids", receivers)
      writer.member("delivery_option", option)
      writer.member("photo_id", photo)
    }
    return try SendForm(SendDraft(Submission(fields)), country: "fr", at: now, chance: 0)
  }

  private func plan(_ form: SendForm, to found: [Receiver], key: String? = nil) throws -> [FutureMessage] {
    try SendPlan(form, by: ann, key: key, to: found, at: now) { 0 }.messages
  }

  private func member(blocked: Bool = false, name: String? = nil) -> Receiver {
    Receiver(id: bob, phone: bobPhone, country: "fr", isBlocked: blocked, nameOfSender: name)
  }

  @Test func `one person is one message, by id, by number or by both`() throws {
    let form = try form(#"["id\#(bob)","num+33 1 99 00 12 02","num0199001202"]"#)
    let messages = try plan(form, to: [member()])
    #expect(messages.map(\.receiver) == [bob])
    #expect(messages[0].bottle == nil && messages[0].label == "Il y a quelques jours" && messages[0].color == "ffdc1a")
  }

  @Test func `a number without a member is a bottle that its sender keeps`() throws {
    let messages = try plan(form(#"["num0012025550143"]"#), to: [])
    #expect(messages.map(\.receiver) == [ann] && messages[0].bottle == "0012025550143")
    #expect(messages[0].label == "A few days earlier")
  }

  @Test func `a user who is nobody refuses the whole request`() throws {
    let form = try form(#"["num0012025550143","id\#(bob)"]"#)
    #expect(throws: Failure.invalid("receiver_ids")) { try plan(form, to: []) }
  }

  @Test(arguments: ["[]", #"["idNOPE"]"#, #"["0033199001202"]"#, #"["num1"]"#, "[7]", "{}", "nonsense"])
  func `what is no list of receivers is refused`(receivers: String) {
    #expect(throws: Failure.invalid("receiver_ids")) { try form(receivers) }
  }

  @Test func `a hundred receivers and no more`() throws {
    let hundred = (100..<200).map { #""num0033199001\#($0)""# }.joined(separator: ",")
    #expect(try form("[\(hundred)]").targets.count == 100)
    #expect(throws: Failure.invalid("receiver_ids")) { try form(#"[\#(hundred),"id\#(bob)"]"#) }
  }

  @Test func `an announcement names the sender as the receiver knows him`() throws {
    let toBob = #"["id\#(bob)"]"#
    let told = try plan(form(toBob), to: [member(name: "Annie")])
    #expect(told[0].announcement == "Annie vous a envoyé un message. Il arrivera dans quelques jours.")
    #expect(try plan(form(toBob), to: [member()])[0].announcement == nil)
    #expect(try plan(form(toBob), to: [member(blocked: true, name: "Annie")])[0].announcement == nil)
    let soon = try form(toBob, #"{"type":"min","parameters":3}"#)
    #expect(try plan(soon, to: [member(name: "Annie")])[0].announcement == nil)
  }

  @Test func `a repetition is known by the caller's key, else by the photo`() throws {
    let form = try form(#"["id\#(bob)"]"#, photo: "p.jpg")
    #expect(try plan(form, to: [member()], key: "k")[0].onceKey == "key:k")
    #expect(try plan(form, to: [member()])[0].onceKey == "photo:p.jpg:\(bob)")
    #expect(try plan(self.form(#"["id\#(bob)"]"#), to: [member()])[0].onceKey == nil)
  }

  @Test(arguments: [
    ("{}", Failure.missing("message")), (#"{"message":""}"#, .missing("receiver_ids")),
    (#"{"message":"","receiver_ids":"[]","delivery_option":"{}"}"#, .missing("message")),
    (#"{"message":7,"receiver_ids":"[]","delivery_option":"{}"}"#, .invalid("message")),
    (#"{"message":"a\u0000b","receiver_ids":"[]","delivery_option":"{}"}"#, .invalid("message")),
    (#"{"message":"x","receiver_ids":"[]"}"#, .missing("delivery_option")),
    (#"{"message":"x","receiver_ids":["num0033199001202"],"delivery_option":""}"#, .missing("delivery_option")),
    ("[]", .invalid("body")), ("null", .invalid("body")),
  ])
  func `the first field at fault is named`(fields: String, failure: Failure) throws {
    let submission = Submission(try RawJSON(validating: Array(fields.utf8)))
    #expect(throws: failure) { try SendForm(SendDraft(submission), country: "us", at: now, chance: 0) }
  }

  @Test func `lists may be JSON in a text or JSON itself`() throws {
    let json = #"{"message":"x","receiver_ids":["id\#(bob)"],"delivery_option":{"type":"now"}}"#
    let draft = try SendDraft(Submission(RawJSON(validating: Array(json.utf8))))
    let form = try SendForm(draft, country: "us", at: now, chance: 0)
    #expect(form.targets == [.user(bob)] && form.moment == now)
  }
}

@Suite struct ContactFormTests {
  private func submission(_ name: String, _ list: String) -> Submission {
    Submission(
      .object {
        $0.name(dynamic: name); $0.string(list)
      }
    )
  }

  @Test func `numbers keep their order and their writing`() throws {
    let list = #"["0033199001202","+33 1 99 00 12 02","no number","0199001202"]"#
    let contacts = try ContactForm.numbers(submission("contacts", list), country: "fr")
    #expect(contacts.map(\.phone) == ["0033199001202", "0033199001202", nil, "0033199001202"])
    #expect(contacts[1].written == "+33 1 99 00 12 02")
  }

  @Test func `a book is known by its digest`() throws {
    func digest(_ list: String) throws -> [UInt8] {
      try ContactForm.book(submission("address_book", list), country: "fr").digest
    }
    let one = try digest(#"[{"tel":"1","name":"A"}]"#)
    #expect(try digest(#" [ {"name":"A","tel":"1"} ]"#) == one)
    #expect(try digest(#"[{"tel":"1","name":"B"}]"#) != one)
    #expect(try digest(#"[{"tel":"1A","name":""}]"#) != one)
  }

  @Test func `a book cut off within a name keeps what came before`() throws {
    let list = #"[{"tel":"1","name":"Ann"},{"tel":"2","name":"Tom "#
    let book = try ContactForm.book(submission("address_book", list), country: "fr")
    #expect(book.contacts.map(\.name) == ["Ann", "Tom "] && book.contacts.map(\.written) == ["1", "2"])
  }

  @Test(arguments: [#"[{"name":"A"}]"#, #"["1"]"#, "{}", "7", #"[{"name":"A"#, #"[{"tel":"1","name"#, "["])
  func `what is no book is refused`(list: String) {
    #expect(throws: Failure.invalid("address_book")) {
      try ContactForm.book(submission("address_book", list), country: "fr")
    }
  }

  @Test func `five thousand entries are the most`() {
    let list = "[" + Array(repeating: #""1""#, count: 5001).joined(separator: ",") + "]"
    #expect(throws: Failure.invalid("contacts")) {
      try ContactForm.numbers(submission("contacts", list), country: "fr")
    }
  }

  @Test func `a list that would not fit is cut`() throws {
    let contact = Contact(String(repeating: "\u{1}", count: 500), country: "fr")
    let matched = MatchedContact(contact: contact, person: UUIDValue(high: 1, low: 2), status: .newbie)
    let list = ContactList.json(Array(repeating: matched, count: 5000), withNames: true)
    #expect(list.bytes.count < 900_000)
    #expect(try list.value().array?.isEmpty == false)
  }
}

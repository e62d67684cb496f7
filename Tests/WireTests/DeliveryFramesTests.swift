import JSON
import Testing
import Wire

/// Each call of the messages to the future, against the lines kept under `Fixtures/frames`: a changed wire shows there.
/// What auth hands over is with auth's frames.
@Suite struct DeliveryFramesTests: GoldenFrames {
  static let context = CallContext(user: UserID("7f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a11"), key: "k")

  private func fields(_ text: String) throws -> Submission {
    Submission(try RawJSON(validating: Array(text.utf8)), address: "127.0.0.1")
  }

  private func raw(_ text: String) throws -> RawJSON { try RawJSON(validating: Array(text.utf8)) }

  @Test func `a message goes as its sender's fields`() throws {
    let form =
      #"{"message":"Tom & Jerry 100%","receiver_ids":"[\"num0033199001203\"]","delivery_option":"{\"type\":\"now\"}"}"#
    try check(Delivery.SendMessage(fields(form)), Empty())
    try check(Delivery.Resend(fields(#"{"message_id":"8f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a12"}"#)), Empty())
  }

  @Test func `what is received comes as the apps read it`() throws {
    let batch = #"{"ts":1424250000.123456,"new_messages":[]}"#
    try check(Delivery.Receive(fields(#"{"ts":"1.424250000123E9"}"#)), raw(batch))
    try check(Delivery.ListSendChoices(), raw(#"[{"order_id":"1","key":"now","send_label":"Send Now"}]"#))
    try check(Delivery.CountFuture(), .init(3))
    try check(Delivery.CountWaiting(), .init(3))
    try check(Delivery.ReadStatus(), .init("Newbie"))
  }

  @Test func `blocks and contacts go as lists in a text`() throws {
    try check(Delivery.BlockContacts(fields(#"{"contacts_to_block":"[\"id8f0f\"]"}"#)), Empty())
    try check(Delivery.UnblockContacts(fields(#"{"contacts_to_unblock":"[\"8f0f\"]"}"#)), Empty())
    try check(Delivery.MatchContacts(fields(#"{"contacts":"[\"0033199001202\"]"}"#)), raw("[]"))
    try check(Delivery.UploadBook(fields(#"{"address_book":"[{\"tel\":\"1\",\"name\":\"Bobby\"}]"}"#)), Empty())
    try check(Delivery.ReadBook(), .null)
  }

  @Test func `a notice says when, how and how long`() throws {
    var notice = Delivery.Notify(to: UserID("8f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a12"), title: "Dinner", body: "At eight")
    notice.data = ["event": "7"]
    notice.channels = [.push, .mail]
    notice.collapse = "event-7"
    notice.notBefore = 1_767_225_600.5
    notice.expires = 1_767_229_200
    notice.quiet = Delivery.QuietHours(from: "22:00", until: "07:00", zone: "Europe/Paris")
    notice.priority = .urgent
    try check(notice, Empty())
    let short = #"{"mail":"ann@x.org","title":"Your code","body":"12345678"}"#
    let read = try Delivery.Notify(json: raw(short))
    #expect(read == Delivery.Notify(mail: "ann@x.org", title: "Your code", body: "12345678"))
    try check(Delivery.CancelNotice("k"), .init(.tooLate))
    try check(Delivery.RescheduleNotice("k", notBefore: 1_767_225_600), .init(.done))
    try check(Delivery.ReplayDead(kind: "notice", reason: "status 5"), .init(3))
  }

  @Test func `devices are added, listed, taken back and ended`() throws {
    var browser = Delivery.AddDevice(kind: "web")
    browser.endpoint = "https://push.example/a"
    browser.keys = Delivery.AddDevice.Keys(p256dh: "BCVx", auth: "BTBZ")
    browser.name = "Work"
    let id = "8f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a12"
    try check(browser, .init(id))
    let listed = Delivery.AddedDevice(id: id, kind: .web, app: nil, name: "Work", added: 1_767_225_600.5)
    try check(Delivery.ListDevices(), .init([listed]))
    try check(Delivery.RemoveDevice(id), Empty())
    let session = SessionID("5f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a22")
    try check(
      Delivery.EndDevices(UserID("7f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a11"), sessions: [session], prefix: "jwt-"),
      Empty()
    )
    try check(Delivery.ReadWebKey(), .init("BCVx"))
  }
}

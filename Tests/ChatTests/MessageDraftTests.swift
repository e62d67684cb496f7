import Testing
import Wire

@testable import ChatCore

@Suite struct MessageDraftTests {
  private func failure(_ room: Given<String>, _ text: Given<String>) -> Failure? {
    do throws(Failure) {
      _ = try MessageDraft(Chat.SendMessage(to: room, text: text))
      return nil
    } catch { return error }
  }

  @Test(arguments: [
    (Given<String>.nothing, Given<String>.nothing, Failure.missing("room_gid")),
    (.nothing, .unfit, .missing("room_gid")),
    (.unfit, .nothing, .missing("msg")),
    (.unfit, .unfit, .invalid("room_gid")),
    (.value("r"), .unfit, .invalid("msg")),
    (.value("r"), .value(" \n\t\u{3000}"), .invalid("msg")),
    (.value("r"), .value("a\u{0}b"), .invalid("msg")),
  ])
  func `the first fault in the contract's order is told`(room: Given<String>, text: Given<String>, expected: Failure) {
    #expect(failure(room, text) == expected)
  }

  @Test(arguments: [
    (4000, "a", true), (4001, "a", false), (4000, "é", true), (4001, "é", false), (4000, "😀", true),
    (4001, "😀", false), (1, "a" + String(repeating: "\u{301}", count: 8191), true),
    (1, "a" + String(repeating: "\u{301}", count: 8192), false), (700, "👨‍👩‍👧‍👦", false), (655, "👨‍👩‍👧‍👦", true),
  ])
  func `a text has at most 4,000 characters and 16 KiB`(count: Int, character: String, fits: Bool) {
    let text = String(repeating: character, count: count)
    #expect((failure(.value("r"), .value(text)) == nil) == fits)
  }

  @Test(arguments: ["\"quoted\"", "two\nlines", "<script>", "😀", " x ", "\u{200B}", "\u{1}"])
  func `any other text is taken as it is`(text: String) throws {
    let draft = try MessageDraft(Chat.SendMessage(to: .value("r"), text: .value(text)))
    #expect(draft.room == "r" && draft.text == text)
  }

  @Test func `codes have the contract's form and differ`() {
    let codes = (0..<1000).map { _ in RoomCode.random() }
    #expect(Set(codes).count == 1000)
    for code in codes { #expect(code.wholeMatch(of: /[A-HJ-NP-Za-km-z2-9]{8}/) != nil) }
    #expect(RoomCode.alphabet.count == 57 && Set(RoomCode.alphabet).count == 57)
  }

  @Test(arguments: ["", "K7mQx2V", "K7mQx2Vdd", "K7mQx2Vl", "K7mQx2\u{0}d", "K7mQx2é"])
  func `what cannot be a code is seen`(text: String) {
    #expect(!RoomCode.isPossible(text))
    #expect(RoomCode.isPossible("K7mQx2Vd"))
  }
}

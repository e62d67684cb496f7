import Testing
import Wire

@testable import GatewayCore

@Suite struct HandshakeTests {
  static let user = "7f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a11"
  static let whole = #"{"uuid":"\#(user)","room_gid":"K7mQx2Vd","token":"t\"}{","after":36}"#
  static let request = ListenRequest(user: UserID(user), room: "K7mQx2Vd", token: "t\"}{", after: 36)

  private func read(_ text: String) -> Handshake.Step {
    var handshake = Handshake()
    return handshake.take(Array(text.utf8))
  }

  @Test func `the object may come whole or byte by byte`() {
    #expect(read(Self.whole) == .complete(Self.request))
    var handshake = Handshake()
    let steps = Self.whole.utf8.map { handshake.take([$0]) }
    #expect(steps.dropLast().allSatisfy { $0 == .more })
    #expect(steps.last == .complete(Self.request))
  }

  @Test func `blanks before it and anything behind it do not matter`() {
    #expect(read(" \r\n\t" + Self.whole + "\n{]") == .complete(Self.request))
  }

  @Test func `the user's case does not matter, and null is as good as absent`() {
    let text = #"{"token":null,"uuid":"\#(Self.user.uppercased())","x":[{"y":"}"}],"room_gid":"r","after":null}"#
    #expect(read(text) == .complete(ListenRequest(user: UserID(Self.user), room: "r")))
  }

  @Test(arguments: [
    "[]", "x", "7", "\u{FEFF}{}", "}", "{}", "{'uuid':'x'}", "{]", "{\"uuid\":\"\(user)\",}", "{\"uuid\":\"\(user)\"}",
    "{\"uuid\":\"ann\",\"room_gid\":\"r\"}", "{\"uuid\":\"\(user)\",\"room_gid\":7}",
    "{\"uuid\":\"\(user)\",\"room_gid\":\"r\",\"token\":5}", "{\"uuid\":\"\(user)\",\"room_gid\":\"r\",\"after\":-1}",
    "{\"uuid\":\"\(user)\",\"room_gid\":\"r\",\"after\":\"1\"}",
    "{\"uuid\":\"\(user)\",\"room_gid\":\"r\",\"after\":1.5}",
    "{\"uuid\":\"\(user)\",\"room_gid\":\"r\",\"notices\":1}",
  ])
  func `what is no handshake is refused`(text: String) {
    #expect(read(text) == .refused)
  }

  @Test(arguments: [("true", true), ("false", false), ("null", false)])
  func `notices are for those who ask for them`(value: String, notices: Bool) {
    let request = ListenRequest(user: UserID(Self.user), room: "r", notices: notices)
    #expect(read(#"{"uuid":"\#(Self.user)","room_gid":"r","notices":\#(value)}"#) == .complete(request))
  }

  @Test func `broken UTF-8 is refused`() {
    var handshake = Handshake()
    #expect(handshake.take(Array(#"{"uuid":""#.utf8) + [0xFF, 0xFE] + Array(#""}"#.utf8)) == .refused)
  }

  @Test func `the fourth kilobyte and the sixteenth level are the last`() {
    let start = #"{"uuid":"\#(Self.user)","room_gid":"r","x":""#
    let fits = start + String(repeating: "x", count: 4096 - start.utf8.count - 2) + "\"}"
    #expect(fits.utf8.count == 4096)
    #expect(read(fits) == .complete(ListenRequest(user: UserID(Self.user), room: "r")))
    #expect(read(start + String(repeating: "x", count: 4096)) == .refused)
    func nested(_ levels: Int) -> String {
      let inner = String(repeating: "[", count: levels - 1) + String(repeating: "]", count: levels - 1)
      return #"{"uuid":"\#(Self.user)","room_gid":"r","x":\#(inner)}"#
    }
    #expect(read(nested(16)) == .complete(ListenRequest(user: UserID(Self.user), room: "r")))
    #expect(read(nested(17)) == .refused)
  }
}

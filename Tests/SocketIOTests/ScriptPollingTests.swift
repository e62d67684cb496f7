import JSON
import Kit
import Loop
import Testing

@testable import SocketIO

/// Polling by scripts (socketio.md 5, JSONP).
@LoopActor
struct ScriptPollingTests {
  @Test func `a payload is a string of the script, with no end of a line in it`() throws {
    let callback = try #require(ScriptCallback("7"))
    let script = callback.script(Array("1:4\u{2028}\u{2029}\n\"\\€</b>".utf8))
    #expect(String(decoding: script, as: UTF8.self) == #"___eio[7]("1:4\u2028\u2029\n\"\\€</b>");"#)
  }

  @Test(arguments: [
    ("d=2%3A4x", "2:4x"), ("a=b&d=4%2B", "4+"), ("d=a%5Cnb", "a\nb"), ("d=a%5C%5Cnb", #"a\nb"#), ("d=%5C", #"\"#),
    ("d=%5C%5C", #"\\"#), ("d=%5C%5C%5Cn", #"\\n"#), ("d=a+b", "a b"), ("d=", ""),
  ])
  func `a form brings a payload`(form: String, payload: String) {
    #expect(ScriptCallback.payload(ofForm: Array(form.utf8)) == Array(payload.utf8))
  }

  @Test func `a form without a payload brings none`() {
    for form in ["", "e=1", "2:4x"] { #expect(ScriptCallback.payload(ofForm: Array(form.utf8)) == nil) }
  }

  /// What a page's function would be called with.
  private func payload(_ reply: HTTPReply, _ index: Int) throws -> String {
    #expect(reply.status == 200)
    #expect(reply.header("content-type") == "text/javascript; charset=UTF-8")
    let start = "___eio[\(index)]("
    try #require(reply.text.hasPrefix(start) && reply.text.hasSuffix(");"))
    return try #require(try JSONValue(parsing: Array(reply.text.utf8.dropFirst(start.utf8.count).dropLast(2))).string)
  }

  private func form(_ site: SocketIOSite, _ query: String, _ field: String) async throws -> HTTPReply {
    try await TestClient(port: site.port).post("/socket.io/?transport=polling&\(query)", form: [("d", field)])
  }

  @Test func `a client of scripts is told and says what another one is and does`() async throws {
    let site = try SocketIOSite { $0.allowsScripts = true }
    site.watchRoot { socket, message in
      socket.emit("echo", message.arguments + [json(#"{"_placeholder":true,"num":0}"#)], attachments: [[1, 2, 3]])
    }
    let open = try payload(try await site.get("EIO=3&j=0"), 0)
    #expect(open.hasSuffix("2:40"))
    let packet = String(open.drop { $0 != "{" }.prefix { $0 != "}" } + "}")
    let id = try #require(try JSONValue(parsing: Array(packet.utf8)).object?["sid"]?.string)
    let query = "EIO=3&sid=\(id)"
    #expect(try await form(site, "\(query)&j=0", #"16:42["say","a\\nb"]"#).text == "ok")
    #expect(
      try payload(try await site.get("\(query)&j=1"), 1)
        == #"49:451-["echo","a\nb",{"_placeholder":true,"num":0}]6:b4AQID"#
    )
    #expect(try await form(site, "\(query)&j=1", "nonsense").status == 400)
    await site.end()
  }
}

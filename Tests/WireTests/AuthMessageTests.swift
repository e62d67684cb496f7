import JSON
import Testing
import Wire

@Suite struct AuthMessageTests {
  private func text(_ message: some Message) throws -> String {
    String(decoding: try message.json().bytes, as: UTF8.self)
  }

  private func json(_ text: String) throws -> RawJSON { try RawJSON(validating: Array(text.utf8)) }

  @Test func `a submission carries its body unchanged`() throws {
    let call = Auth.Register(Submission(try json(#"{"login": 5e0, "x":[null]}"#), address: "192.0.2.1"))
    #expect(try text(call) == #"{"fields":{"login": 5e0, "x":[null]},"address":"192.0.2.1"}"#)
    #expect(try Auth.Register(json: call.json()).submission == call.submission)
  }

  @Test func `a submission typed by hand may leave the address out`() throws {
    let call = try Auth.Login(json: json(#"{"fields":{}, "else":1}"#))
    #expect(call.submission == Submission(.emptyObject))
  }

  @Test(arguments: [#"[]"#, #""x""#, #"{"address":7}"#])
  func `what is no submission is refused`(text: String) throws {
    let body = try json(text)
    #expect(throws: JSONFault.self) { try Auth.Login(json: body) }
  }

  @Test func `a credential is the request of verify, flat`() throws {
    let session = Auth.Verify(.session(hash: "ab"))
    #expect(try text(session) == #"{"hash":"ab"}"#)
    #expect(try Auth.Verify(json: session.json()).credential == .session(hash: "ab"))
    #expect(try Auth.Verify(json: json(#"{"jwt":"a.b.c"}"#)).credential == .jwt("a.b.c"))
    let nothing = try json("{}")
    #expect(throws: DecodingError.self) { try Auth.Verify(json: nothing) }
  }

  @Test func `enter carries credential and submission side by side`() throws {
    let call = Auth.Enter(.jwt("a.b.c"), Submission(try json(#"{"username":"ann"}"#), address: "::1"))
    #expect(try text(call) == #"{"jwt":"a.b.c","fields":{"username":"ann"},"address":"::1"}"#)
    let back = try Auth.Enter(json: call.json())
    #expect(back.credential == call.credential && back.submission == call.submission)
  }

  @Test func `reasons are stable words`() {
    #expect(Failure(.conflict, .phoneTaken).reason == "phone_taken")
    #expect(Set(Auth.Reason.allCases.map(\.rawValue)).count == Auth.Reason.allCases.count)
  }
}

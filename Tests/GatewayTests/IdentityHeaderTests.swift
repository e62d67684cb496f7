import HTTP
import Testing
import Wire

@testable import GatewayCore

/// The identity headers of two products: design by stats.md 2.5 and chat.md 3.
@Suite struct IdentityHeaderTests {
  static let ann = "7f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a11"
  static let bob = "00000000-0000-4000-8000-000000000001"
  private let session = Identity(user: UserID(Self.ann), session: SessionID("s"))

  private func ask(
    _ surface: Surface,
    _ headers: [(String, String)],
    session: Identity?,
    trusted: Bool = false,
    anyText: Bool = false
  ) throws(Failure) -> String? {
    let head = HTTPRequestHead(method: .get, target: "/", headers: HTTPHeaders(headers))
    let rule = IdentityHeader(trusted: trusted, anyText: anyText)
    return try rule.user(of: HTTPRequest(head: head), surface: surface, session: session)?.user.text
  }

  @Test func `a session alone is enough`() throws {
    #expect(try ask(.stats, [], session: session) == Self.ann)
    #expect(try ask(.chat, [], session: session) == Self.ann)
  }

  @Test func `a header that agrees, in any case, is welcome`() throws {
    #expect(try ask(.stats, [("X-User-Id", Self.ann.uppercased())], session: session) == Self.ann)
    #expect(try ask(.chat, [("USER", Self.ann)], session: session) == Self.ann)
  }

  @Test func `a header that differs is refused`() {
    let mismatch = Failure(.forbidden, reason: "user_mismatch")
    #expect(throws: mismatch) { try ask(.stats, [("x-user-id", Self.bob)], session: session) }
    #expect(throws: mismatch) { try ask(.chat, [("user", Self.bob)], session: session, trusted: true) }
    #expect(throws: mismatch) { try ask(.chat, [("user", "nobody")], session: session) }
  }

  @Test func `a bare header counts only where it is trusted`() throws {
    #expect(throws: Failure(.unauthenticated)) { try ask(.stats, [("x-user-id", Self.ann)], session: nil) }
    #expect(throws: Failure(.unauthenticated)) { try ask(.chat, [("user", Self.ann)], session: nil) }
    #expect(try ask(.stats, [("x-user-id", Self.ann)], session: nil, trusted: true) == Self.ann)
    #expect(try ask(.chat, [("user", Self.ann)], session: nil, trusted: true) == Self.ann)
  }

  @Test func `without header and session a trusted surface names what is missing`() throws {
    #expect(throws: Failure.missing("userId")) { try ask(.stats, [], session: nil, trusted: true) }
    #expect(throws: Failure.missing("userId")) { try ask(.stats, [("x-user-id", "")], session: nil, trusted: true) }
    #expect(try ask(.chat, [], session: nil, trusted: true) == nil)
  }

  @Test func `a header that is no user or comes twice is invalid`() {
    #expect(throws: Failure.invalid("userId")) { try ask(.stats, [("x-user-id", "abc")], session: nil, trusted: true) }
    let twice = [("x-user-id", Self.ann), ("x-user-id", Self.ann)]
    #expect(throws: Failure.invalid("userId")) { try ask(.stats, twice, session: nil, trusted: true) }
  }

  @Test func `any text may name a user where the operator says so`() throws {
    for text in ["abc", "Ann Lee", String(repeating: "é", count: 128)] {
      #expect(try ask(.stats, [("x-user-id", text)], session: nil, trusted: true, anyText: true) == text)
    }
    for text in ["a/b", "a\u{7F}", "a\u{85}b", String(repeating: "e\u{301}", count: 65)] {
      #expect(throws: Failure.invalid("userId"), "\(text)") {
        try ask(.stats, [("x-user-id", text)], session: nil, trusted: true, anyText: true)
      }
    }
  }
}

import HTTP
import JSON
import Testing
import Wire

@testable import GatewayCore

struct SurfaceTests {
  @Test(arguments: [
    ("/courses", Surface.stats), ("/Courses/x", .stats), ("//courses//", .stats), ("/API/Users", .live),
    ("/user/1", .jarvis),
    ("/elsewhere", .chat), ("/", .chat), ("", .chat),
  ])
  func `an unknown path is refused in the words of the surface it means`(path: String, surface: Surface) {
    #expect(Surface.of(path: path) == surface)
  }

  @Test func `JSON has the type that each contract names`() {
    for surface in Surface.allCases {
      var response = surface.dialect.response(404, "nothing")
      response.nameJSON(as: surface.jsonType)
      let type = response.headers.first { $0.0 == "Content-Type" }?.1
      #expect(type == ([.stats, .live].contains(surface) ? "application/json; charset=utf-8" : "application/json"))
    }
  }

  @Test(arguments: [
    (Failure(.rateLimited, reason: "contact_uploads"), 429, "rate_limited", "too many requests"),
    (Failure(.conflict, reason: "phone_taken"), 406, "phone_taken", "this number belongs to another account"),
    (Failure(.notFound, reason: "unknown_email"), 406, "unknown_email", "no account has this e-mail"),
    (Failure(.conflict, reason: "not_received"), 406, "not_received", "no such message has arrived"),
    (.missing("os"), 400, "missing", "os is required"), (.internal, 503, "internal", "service unavailable"),
  ])
  func `the apps are refused with a code and with words`(
    failure: Failure,
    status: Int,
    code: String,
    words: String
  ) throws {
    let response = Dialect.pictever.response(failure)
    guard case .bytes(let body) = response.body else {
      Issue.record("no body")
      return
    }
    let object = try JSONValue(parsing: body).object
    #expect(response.status == status)
    #expect(object?["error"]?.string == code && object?["message"]?.string == words)
  }
}

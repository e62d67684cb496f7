import HTTP
import Testing
import Wire

@testable import GatewayCore

@Suite struct RouteTableTests {
  private let table = RouteTable([
    route(.get, "/"), route(.get, "/courses", exactSlash: true), route(.get, "/courses/{courseId}"),
    route(.post, "/courses/{courseId}"), route(.get, "/courses/{courseId}/sessions/{sessionId}"),
    route(.get, "/user/{id}"), route(.put, "/user/{id}/logout"), route(.get, "/user/me"),
  ])

  private static func route(_ method: HTTPMethod, _ pattern: String, exactSlash: Bool = false) -> Route {
    Route(method: method, pattern: pattern, surface: .stats, exactSlash: exactSlash) { _ throws(Failure) in
      HTTPResponse(status: 200)
    }
  }

  private func found(_ method: HTTPMethod, _ path: String) -> String? {
    guard case .found(let route, let parameters) = table.match(method, path: path) else { return nil }
    return ([route.pattern] + parameters.pairs.sorted { $0.name < $1.name }.map { "\($0.name)=\($0.value)" })
      .joined(separator: " ")
  }

  @Test(arguments: [
    ("/", "/"), ("/courses", "/courses"), ("/courses/c", "/courses/{courseId} courseId=c"),
    ("/courses/c/", "/courses/{courseId} courseId=c"), ("/courses/a%2Fb", "/courses/{courseId} courseId=a/b"),
    ("/courses/c/sessions/s", "/courses/{courseId}/sessions/{sessionId} courseId=c sessionId=s"),
    ("/user/ann%40x.org/", "/user/{id} id=ann@x.org"), ("/user/me", "/user/me"),
    // What cannot be read stands for itself, and is an id of nothing.
    ("/courses/%zz", "/courses/{courseId} courseId=%zz"), ("/courses/%00", "/courses/{courseId} courseId=%00"),
    ("/courses/%ff", "/courses/{courseId} courseId=%ff"),
  ])
  func `a path finds its route`(path: String, expected: String) {
    #expect(found(.get, path) == expected)
  }

  @Test(arguments: [
    "/courses/", "/courses//", "/courses//sessions/", "/courses/c/sessions/", "/Courses/c", "/x", "", "courses/c", "//",
    "/courses/%zz/x", "/%00",
  ])
  func `an unknown path is unknown`(path: String) {
    guard case .unknown = table.match(.get, path: path) else {
      Issue.record("\(path) was matched")
      return
    }
  }

  @Test func `a head request finds the route of its get`() {
    #expect(found(.head, "/courses/c") == "/courses/{courseId} courseId=c")
  }

  @Test func `a wrong method is told what is offered`() {
    guard case .wrongMethod(let allowed, _) = table.match(.delete, path: "/courses/c") else {
      Issue.record("DELETE was matched")
      return
    }
    #expect(Set(allowed) == ["GET", "HEAD", "POST"])
  }
}

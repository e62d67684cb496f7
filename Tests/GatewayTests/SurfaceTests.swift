import Testing

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
}

import Glibc
import HTTP
import JSON
import Loop
import SocketIO

/// Four paths: `/engine.io/` returns each message, `/socket.io/` has the events that the Socket.IO suite asks for, so has
/// `/patient/` for clients that need more than its 200 ms to answer a heartbeat, and `/fan/` repeats each `click` to
/// everybody, with the usual times, for measurements.
@LoopActor
final class EchoServer {
  private let engine: EngineServer
  private let sockets: SocketIOServer
  private let patient: SocketIOServer
  private let fan: SocketIOServer
  private var server: HTTPServer?
  private var stop: SignalWatch?

  init() {
    engine = EngineServer(EchoServer.settings(path: "/engine.io/")) { session in
      session.received = { [unowned session] in session.send(EngineMessage($0)) }
    }
    sockets = SocketIOServer(EchoServer.settings(path: "/socket.io/"))
    patient = SocketIOServer(EchoServer.settings(path: "/patient/", pingTimeout: .seconds(5)))
    var settings = EngineSettings()
    settings.path = "/fan/"
    settings.handshakesPerMinute = 0
    fan = SocketIOServer(settings)
    fan.namespace().connect = EchoServer.repeatClicks
    for server in [sockets, patient] {
      for name in ["/", "/custom"] { server.namespace(name).connect = EchoServer.welcome }
    }
  }

  private static func settings(path: String, pingTimeout: Duration = .milliseconds(200)) -> EngineSettings {
    var settings = EngineSettings()
    settings.path = path
    settings.pingInterval = .milliseconds(300)
    settings.pingTimeout = pingTimeout
    settings.connectTimeout = .milliseconds(1000)
    settings.handshakesPerMinute = 0
    return settings
  }

  private static func welcome(_ socket: Socket, _ handshake: SocketHandshake) -> Admission {
    socket.emit("auth", [handshake.auth])
    guard socket.namespace.name == "/" else { return .accept }
    socket.received = { [unowned socket] message in
      switch message.name {
      case "message": socket.emit("message-back", message.arguments, attachments: message.attachments)
      case "message-with-ack": message.reply(message.arguments, attachments: message.attachments)
      default: break
      }
    }
    return .accept
  }

  private static func repeatClicks(_ socket: Socket, _ handshake: SocketHandshake) -> Admission {
    socket.received = { [namespace = socket.namespace] message in
      if message.name == "click" { namespace.broadcast("click", message.arguments) }
    }
    return .accept
  }

  func start(port: Int) throws -> Int {
    var configuration = HTTPServerConfiguration()
    configuration.port = port
    let server = HTTPServer(
      configuration: configuration,
      admit: { self.admit($0) },
      refusal: { refusal, _ in HTTPResponse(status: refusal.status) },
      handle: { await self.answer($0) }
    )
    self.server = server
    stop = SignalWatch(SIGTERM) {
      self.engine.stop()
      for server in [self.sockets, self.patient, self.fan] { server.stop() }
      onLoop {
        await server.drain(within: .seconds(2))
        exit(0)
      }
    }
    return try server.start()
  }

  private func admit(_ head: HTTPRequestHead) -> HTTPAdmission {
    if engine.serves(path: head.path) { return engine.admit(head) }
    for server in [sockets, patient] where server.serves(path: head.path) { return server.admit(head) }
    return .accept(maximumBody: 1_000_000)
  }

  private func answer(_ request: HTTPRequest) async -> HTTPResponse {
    if engine.serves(path: request.path) { return await engine.handle(request) }
    for server in [sockets, patient, fan] where server.serves(path: request.path) {
      return await server.handle(request)
    }
    return HTTPResponse(status: 404)
  }
}

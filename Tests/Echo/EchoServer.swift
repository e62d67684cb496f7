import Glibc
import HTTP
import JSON
import Loop
import SocketIO

/// Three paths: `/engine.io/` returns each message, `/socket.io/` has the events that the Socket.IO suite asks for, and
/// `/fan/` repeats each `click` to everybody, with the usual times, for measurements.
@LoopActor
final class EchoServer {
  private let engine: EngineServer
  private let sockets: SocketIOServer
  private let fan: SocketIOServer
  private var server: HTTPServer?
  private var stop: SignalWatch?

  init() {
    engine = EngineServer(EchoServer.settings(path: "/engine.io/")) { session in
      session.received = { [unowned session] in session.send(EngineMessage($0)) }
    }
    sockets = SocketIOServer(EchoServer.settings(path: "/socket.io/"))
    var settings = EngineSettings()
    settings.path = "/fan/"
    settings.handshakesPerMinute = 0
    fan = SocketIOServer(settings)
    fan.namespace().connect = EchoServer.repeatClicks
    for name in ["/", "/custom"] { sockets.namespace(name).connect = EchoServer.welcome }
  }

  private static func settings(path: String) -> EngineSettings {
    var settings = EngineSettings()
    settings.path = path
    settings.pingInterval = .milliseconds(300)
    settings.pingTimeout = .milliseconds(200)
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
      self.sockets.stop()
      self.fan.stop()
      onLoop {
        await server.drain(within: .seconds(2))
        exit(0)
      }
    }
    return try server.start()
  }

  private func admit(_ head: HTTPRequestHead) -> HTTPAdmission {
    if engine.serves(path: head.path) { return engine.admit(head) }
    if sockets.serves(path: head.path) { return sockets.admit(head) }
    return .accept(maximumBody: 1_000_000)
  }

  private func answer(_ request: HTTPRequest) async -> HTTPResponse {
    if engine.serves(path: request.path) { return await engine.handle(request) }
    if sockets.serves(path: request.path) { return await sockets.handle(request) }
    if fan.serves(path: request.path) { return await fan.handle(request) }
    return HTTPResponse(status: 404)
  }
}

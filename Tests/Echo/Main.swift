import Glibc
import HTTP
import Loop
import SocketIO

/// `carillon-socketio-echo`: what the official conformance suites talk to (socketio.md 15), on `CARILLON_ECHO_PORT`.
///
/// It says the port it listens on in its first line, and ends with SIGTERM.
@main struct Main {
  static func main() {
    signal(SIGPIPE, SIG_IGN)
    let port = getenv("CARILLON_ECHO_PORT").flatMap { Int(String(cString: $0)) } ?? 3000
    EventLoop.shared.run {
      do {
        say("listening on 127.0.0.1:\(try EchoServer().start(port: port))")
      } catch {
        say("no listening on port \(port): \(error)")
        exit(1)
      }
    }
  }
}

/// Unbuffered, for whoever waits for the line.
private func say(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = write(STDOUT_FILENO, bytes, bytes.count)
}

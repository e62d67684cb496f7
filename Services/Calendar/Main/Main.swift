import CalendarCore
import Daemon

@main struct Main {
  static func main() { DaemonMain.run(CalendarService.self) }
}

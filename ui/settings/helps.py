"""What each setting does, in a sentence or two: said below its field."""

from __future__ import annotations

from ui.language import mark

HELPS: dict[str, str] = {
    "station.name": mark("Stands in every record."),
    "station.models": mark("Models in it can be chosen on the page Model."),
    "station.device": mark("Another device is certified anew before it decides."),
    "station.duplicates": mark("The same picture under a second name in one lot."),
    "station.settle_s": mark("Its size and time must rest so long."),
    "station.patience_s": mark("It then goes into quarantine, and is told."),
    "station.busy_timeout_s": mark("Another program may hold the database for so long."),
    "station.max_pixels": mark("Larger pictures are refused, so that none can fill the memory."),
    "capture.width_px": mark("Empty: the camera's own. Give width and height together."),
    "capture.fps": mark("Empty: the camera's own."),
    "capture.fourcc": mark("Four letters, such as MJPG: many cameras are fast in that one alone."),
    "capture.lock": mark("A camera that changes by itself changes the verdicts, too."),
    "capture.exposure_ms": mark(
        "Shorter freezes movement and makes darker. Empty: what the camera found."
    ),
    "capture.gain": mark("More is brighter and noisier. In the camera's own units."),
    "capture.white_balance_k": mark("Colour of the light: 2800 warm, 5000 to 6500 daylight."),
    "capture.focus": mark("In the camera's own units; watch the focus bar."),
    "capture.lost_after_s": mark("The camera then counts as lost, and is opened again."),
    "capture.stuck_after_s": mark("The same picture to the last bit of noise is told."),
    "capture.black_below": mark("Mean grey level, 0 to 255."),
    "capture.slow_share": mark("0.5: told when it gives half of the pictures that it claims."),
    "trigger.mode": mark("What says that a part lies before the camera."),
    "trigger.still_s": mark("So long nothing may move before a part is taken."),
    "trigger.patience_s": mark("A part that is not still and sharp by then goes to REVIEW."),
    "trigger.best_of": mark("The sharpest is inspected. More is slower and sharper."),
    "trigger.views": mark("So many pictures of each part are inspected; the worst counts."),
    "trigger.least_share": mark(
        "Share of the picture that must differ from the empty bench; less is dust."
    ),
    "trigger.least_focus": mark("0 to 1. What is less sharp counts as blurred."),
    "trigger.interval_s": mark("In interval mode; 0: every picture is a part."),
    "trigger.debounce_s": mark("A second press so soon is the same press."),
    "trigger.listen_port": mark(
        "A line on this port is a part; its serial number may stand on it."
    ),
    "trigger.listen_host": mark(
        "127.0.0.1: this machine alone. Else the machine network's address."
    ),
    "trigger.stdin": mark("For a foot switch that types, or another program."),
    "trigger.gpio_chip": mark("Such as /dev/gpiochip0: a rising edge on the line is a part."),
    "locate.mode": mark("Change this only if the model was trained with such pictures."),
    "locate.max_unseen": mark("More of the rim outside the picture: CUT OFF, never a pass."),
    "locate.min_diameter_px": mark("In a smaller disc defects cannot be seen."),
    "locate.max_ovality_mm": mark("Largest diameter less smallest. More goes to REVIEW."),
    "locate.max_rim_deviation_mm": mark("Of the rim from its ellipse. More goes to REVIEW."),
    "locate.diameter_tolerance_mm": mark("Checked only with a calibration."),
    "policy.pass_below": mark("Defect probability. Empty: the model's own limit."),
    "policy.reject_from": mark("Defect probability. Empty: the model's own limit."),
    "policy.supervisor": mark("Looser limits need a name; it goes into the audit log."),
    "policy.reason": mark("Looser limits need a reason; it goes into the audit log."),
    "gate.port": mark("The sorter's controller connects here."),
    "gate.host": mark("127.0.0.1: this machine alone. Else the machine network's address."),
    "gate.line": mark("Number or name of the line on that chip."),
    "gate.heartbeat_s": mark("A controller that hears nothing for 2.5 of these must stop."),
    "gate.fresh_s": mark("A part with an older picture opens nothing: it has long gone by."),
    "disk.stop_below_mb": mark("Nothing of the parts in hand is lost."),
    "disk.passes_days": mark("Empty: for ever. Records stay in any case."),
    "disk.keep_free_mb": mark("The oldest first. Empty: nothing is removed. Records stay."),
    "shift.required": mark("Golden parts must have passed, or a supervisor has overridden it."),
    "shift.override_h": mark("Never longer than a passed check."),
    "shift.placements": mark("So often it is laid down, so that its spread is known."),
    "shift.repeats": mark("So often a part that failed may be laid down again."),
    "shift.confidence": mark("0.9 to 0.9999. More is a wider tolerance and fewer false alarms."),
    "log.file": mark("Empty: none. One JSON object on each line."),
    "window.volume": mark("0: silent, 1: as loud as it goes."),
    "window.lock_after_min": mark("Inspection goes on. Empty: never."),
    "window.kiosk": mark("Holds from the next start."),
    "window.reasons": mark("What a person can choose from on the page Decide."),
    "window.lot_pattern": mark(
        "A regular expression, such as L[0-9]{6}. Empty: any text. Others are refused."
    ),
    "window.serial_pattern": mark(
        "A regular expression, such as [A-Z0-9-]+. Empty: any text. Others are refused."
    ),
    "window.serial_required": mark("Inspection by hand waits until a serial number was scanned."),
    "window.lot_prefix": mark("It is taken off. Empty: no scan is a lot."),
    "window.serial_prefix": mark("It is taken off; a scan without it is refused. Empty: any scan."),
    "window.scanner_gap_ms": mark("Time between two letters. Raise it for a slow scanner."),
    "webhook.url": mark("https://host/path. Each verdict is sent there by POST."),
    "webhook.url_env": mark("Instead of the address, where that is itself a secret."),
    "webhook.token_env": mark("Name of an environment variable; the token never stands here."),
    "webhook.secret_env": mark("Name of an environment variable; each message is signed with it."),
    "webhook.ca_file": mark("A PEM file instead of the system's. Empty: the system's."),
    "webhook.plain_secrets": mark("Anyone on the way can then read them."),
    "mqtt.host": mark("A name or an address, without a port."),
    "mqtt.port": mark("Empty: 8883 encrypted, 1883 without."),
    "mqtt.ca_file": mark("A PEM file instead of the system's. Empty: the system's."),
    "mqtt.username_env": mark("Name of an environment variable; the user never stands here."),
    "mqtt.password_env": mark("Name of an environment variable; the password never stands here."),
    "mqtt.topic": mark("{station} and {kind} are put in."),
    "mqtt.availability_topic": mark("{station} is put in."),
    "mqtt.client_id": mark("Its own for every station; {station} is put in."),
    "mqtt.protocol": mark("3.1.1 for an old broker."),
    "mqtt.plain_secrets": mark("Anyone on the way can then read them."),
    "delivery.refusals": mark("If a later message is taken; it stays in the database."),
}

"""Every refusal once: its code, HTTP status, whether trying again may help, and what it says in both languages.

A code is never reused for something else.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """status: HTTP. retry: whether the same call may succeed later. vi, en: with {placeholders} for the facts."""

    status: int
    retry: bool
    vi: str
    en: str


CATALOGUE: dict[str, Entry] = {
    # the data folder and the unit
    "not_initialised": Entry(
        500, False,
        "Thư mục {folder} chưa có dữ liệu. Hãy chạy: fieldapp init --unit-code MÃ",
        "The folder {folder} holds no data yet. Run: fieldapp init --unit-code CODE",
    ),
    "already_initialised": Entry(
        409, False,
        "Thư mục {folder} đã có dữ liệu của {unit}; không ghi đè.",
        "The folder {folder} already holds the data of {unit}; nothing was changed.",
    ),
    "unknown_unit": Entry(
        422, False,
        "Không có đơn vị hành chính cấp xã mang mã {code}. Kiểm tra lại mã (5 chữ số), hoặc ghi rõ --kind, --name và --province.",
        "No commune has the code {code}. Check it (5 digits), or give --kind, --name and --province.",
    ),
    # people
    "sign_in_failed": Entry(401, False, "Tên đăng nhập hoặc mật khẩu không đúng.", "The username or the password is wrong."),
    "too_many_attempts": Entry(
        429, True,
        "Đã thử quá nhiều lần. Hãy chờ {wait} rồi thử lại.",
        "Too many attempts. Wait {wait} and try again.",
    ),
    "username_taken": Entry(409, False, "Đã có tài khoản tên {username}.", "There is already an account named {username}."),
    "username_invalid": Entry(
        422, False,
        "Tên đăng nhập “{username}” không dùng được: 2–40 ký tự, chữ không dấu, số, dấu chấm, gạch ngang.",
        "The username “{username}” cannot be used: 2–40 letters without marks, digits, dots, hyphens.",
    ),
    "password_too_short": Entry(
        422, False, "Mật khẩu cần ít nhất {least} ký tự.", "A password needs at least {least} characters."
    ),
    "role_unknown": Entry(422, False, "Không có vai trò “{role}”. Dùng: {known}.", "No role “{role}”. Use: {known}."),
    "body_unknown": Entry(
        422, False, "Không có cơ quan “{body}”. Các cơ quan: {known}.", "No body “{body}”. Known bodies: {known}."
    ),
    "account_unknown": Entry(404, False, "Không có tài khoản này.", "There is no such account."),
    "last_admin": Entry(
        409, False,
        "Đây là quản trị viên cuối cùng; hãy lập quản trị viên khác trước.",
        "This is the last administrator; make another one first.",
    ),
    # the register
    "establishment_unknown": Entry(404, False, "Không có cơ sở này trong sổ.", "The register has no such establishment."),
    "field_invalid": Entry(422, False, "{field}: {reason}", "{field}: {reason}"),
    "reason_required": Entry(422, False, "Phải ghi lý do.", "A reason is required."),
    "inspection_unknown": Entry(404, False, "Không có biên bản này.", "There is no such inspection."),
    "inspection_voided": Entry(409, False, "Biên bản đã bị hủy.", "The inspection was voided."),
    "inspection_amended": Entry(
        409, False, "Biên bản đã được thay bằng biên bản {number}.", "The inspection was replaced by {number}."
    ),
    "finding_unknown": Entry(404, False, "Không có tồn tại này.", "There is no such finding."),
    "commitment_unknown": Entry(404, False, "Không có bản cam kết này.", "There is no such commitment."),
    "activity_unknown": Entry(404, False, "Không có buổi tuyên truyền này.", "There is no such activity."),
    "activity_voided": Entry(409, False, "Bản ghi này đã bị hủy.", "The activity was voided already."),
    "team_unknown": Entry(404, False, "Không có quyết định lập Đội này.", "There is no such team."),
    "sanction_unknown": Entry(404, False, "Không có quyết định xử phạt này.", "There is no such decision."),
    "sanction_closed": Entry(
        409, False,
        "Quyết định đã kết thúc ({state}), không ghi thêm được.",
        "The decision has ended ({state}); nothing more can follow.",
    ),
    "schedule_unknown": Entry(404, False, "Không có lịch kiểm tra này.", "There is no such schedule."),
    "entry_unknown": Entry(404, False, "Không có dòng lịch này.", "There is no such entry of a schedule."),
    "entry_closed": Entry(409, False, "Dòng lịch này đã được bỏ.", "This entry of the schedule was cancelled."),
    "visit_unknown": Entry(404, False, "Không có lượt kiểm tra này.", "There is no such visit."),
    "visit_not_typed": Entry(
        409, False,
        "Lượt này lập từ biên bản; muốn bỏ thì hủy biên bản.",
        "This visit comes from an inspection; void the inspection instead.",
    ),
    "visits_changed": Entry(
        409, True,
        "Các lượt này vừa thay đổi. Hãy mở lại trang.",
        "These visits have changed meanwhile. Open the page again.",
    ),
    "second_visit_unexplained": Entry(
        409, False,
        "Lượt này chưa có lý do kèm số văn bản nên chưa phê duyệt được.",
        "This visit has no reason with its document yet, so it cannot be approved.",
    ),
    "reference_unknown": Entry(404, False, "Không có căn cứ này.", "There is no such reference."),
    "classification_unknown": Entry(404, False, "Không có quyết định phân loại này.", "There is no such classification."),
    "checklist_unknown": Entry(404, False, "Không có bảng kiểm này.", "There is no such checklist."),
    "checklist_file_invalid": Entry(
        422, False, "Không đọc được bảng kiểm trong {file}: {reason}", "{file} holds no checklist: {reason}"
    ),
    "checklist_invalid": Entry(422, False, "Bảng kiểm không hợp lệ: {reason}", "The checklist is not valid: {reason}"),
    # plans and their targets
    "plan_unknown": Entry(
        404, False, "Không có kế hoạch “{plan}”. Các kế hoạch: {known}.", "There is no plan “{plan}”. Plans: {known}."
    ),
    "plan_empty": Entry(
        409, False,
        "Kế hoạch “{plan}” chưa có chỉ tiêu, chưa có gì để tính. Hãy thêm chỉ tiêu ở trang của kế hoạch.",
        "The plan “{plan}” has no targets yet, so there is nothing to count. Add targets on the plan's page.",
    ),
    "target_unknown": Entry(
        404, False, "Kế hoạch không có chỉ tiêu “{target}”. Các chỉ tiêu: {known}.",
        "The plan has no target “{target}”. Its targets: {known}.",
    ),
    "plan_invalid": Entry(422, False, "Kế hoạch không dùng được: {reason}", "The plan cannot be used: {reason}"),
    "plan_file_invalid": Entry(
        422, False, "{file} không phải tệp kế hoạch dùng được: {reason}", "{file} is not a plan file: {reason}"
    ),
    # asking for figures
    "year_invalid": Entry(422, False, "Năm phải từ 2000 đến 2100.", "The year must be between 2000 and 2100."),
    "day_invalid": Entry(
        422, False, "“{value}” không phải là ngày (NĂM-THÁNG-NGÀY, ví dụ 2026-11-21).",
        "“{value}” is not a day (YYYY-MM-DD, for example 2026-11-21).",
    ),
    # files in and out
    "file_missing": Entry(404, False, "Không đọc được tệp {file}: {reason}", "The file {file} cannot be read: {reason}"),
    "file_not_written": Entry(507, False, "Không ghi được tệp {file}: {reason}", "The file {file} cannot be written: {reason}"),
    "file_empty": Entry(422, False, "Tệp {file} trống, không có dòng nào.", "The file {file} is empty."),
    "file_not_spreadsheet": Entry(
        422, False,
        "{file} là tệp {looks}, không phải .xlsx hay .csv. Hãy mở bằng Excel, chọn Lưu thành… “Excel Workbook (.xlsx)” rồi nhập lại.",
        "{file} is a {looks} file, neither .xlsx nor .csv. Open it in Excel, save it as “Excel Workbook (.xlsx)” and import again.",
    ),
    "file_protected": Entry(
        422, False,
        "{file} đặt mật khẩu hoặc bị mã hóa. Hãy bỏ mật khẩu rồi nhập lại.",
        "{file} is protected by a password or encrypted. Take the password off and import again.",
    ),
    "file_broken": Entry(
        422, False,
        "{file} bị hỏng hoặc không đúng chuẩn ({reason}). Hãy mở bằng Excel, lưu lại rồi nhập lại.",
        "{file} is damaged or not well-formed ({reason}). Open it in Excel, save it again and import again.",
    ),
    "file_encoding": Entry(
        422, False,
        "{file} không phải bảng mã UTF-8 (gặp byte lạ ở dòng {line}). Trong Excel chọn Lưu thành… “CSV UTF-8” hoặc .xlsx.",
        "{file} is not UTF-8 (a foreign byte on line {line}). In Excel save it as “CSV UTF-8” or .xlsx.",
    ),
    "file_too_long": Entry(
        422, False,
        "{file} có quá {limit}. Hãy chia thành nhiều tệp.",
        "{file} has more than {limit}. Split it into several files.",
    ),
    "file_inflates": Entry(
        422, False,
        "{file} giải nén ra quá lớn ({size}), không mở để bảo đảm an toàn.",
        "{file} unpacks to far too much ({size}); it was not opened, to be safe.",
    ),
    "header_missing": Entry(
        422, False,
        "{file}: không thấy dòng tiêu đề có cột {required}. Đặt tên cột như vậy (trên dòng lệnh, có thể chỉ rõ bằng --map \"Tên cột trong tệp={field}\").",
        "{file}: no header row with the column {required}. Name the column so (on the command line you may say which it is with --map \"Column in the file={field}\").",
    ),
    "sheet_unknown": Entry(
        422, False,
        "{file} không có trang tính “{sheet}”. Các trang: {known}.",
        "{file} has no sheet “{sheet}”. Its sheets: {known}.",
    ),
    "column_unknown": Entry(
        422, False,
        "{file} không có cột “{column}”. Các cột: {known}.",
        "{file} has no column “{column}”. Its columns: {known}.",
    ),
    "field_unknown": Entry(
        422, False,
        "Không có trường “{field}” để gán cột. Dùng: {known}.",
        "There is no field “{field}” to map a column to. Use: {known}.",
    ),
    "upload_too_large": Entry(
        413, False, "Tệp lớn hơn {limit}. Không có gì thay đổi.", "The file is larger than {limit}. Nothing was changed."
    ),
    "import_refused": Entry(
        422, False,
        "{file}: {problems} lỗi, chưa nhập gì. Sửa các dòng trên rồi nhập lại.",
        "{file}: {problems} problems, nothing was imported. Mend the rows above and import again.",
    ),
    # drafts, and what phones hand over as a file
    "draft_unknown": Entry(
        404, False,
        "Bản nháp này không còn: đã làm xong, đã bỏ hoặc đã giao cho người khác.",
        "This draft is gone: finished, thrown away or handed over.",
    ),
    "draft_receiver": Entry(
        422, False,
        "Chỉ bàn giao được cho một người đi kiểm tra khác đang có tài khoản.",
        "It can only be handed to another person who makes inspections and has an account.",
    ),
    "export_not_ours": Entry(
        422, False,
        "{file} không phải tệp dự phòng xuất từ điện thoại (đuôi .fieldapp). Không có gì thay đổi.",
        "{file} is not an emergency export of a phone (.fieldapp). Nothing was changed.",
    ),
    "export_newer": Entry(
        422, False,
        "{file} do ứng dụng mới hơn máy chủ xuất ra. Hãy cập nhật máy chủ rồi nhập lại. Không có gì thay đổi.",
        "{file} was made by an app newer than this server. Upgrade the server and import it again. Nothing was changed.",
    ),
    "export_wrong_key": Entry(
        422, False,
        "{file} được khóa cho máy chủ khác (khóa {key}). Hãy nhập ở đúng đơn vị, hoặc phục hồi bản sao lưu có khóa này.",
        "{file} is sealed to another server (key {key}). Import it at its own unit, or restore a backup that holds the key.",
    ),
    "export_damaged": Entry(
        422, False,
        "{file} bị cắt cụt hoặc đã bị sửa. Không có gì thay đổi. Dữ liệu vẫn còn trên điện thoại: hãy xuất lại.",
        "{file} is cut off or was changed. Nothing was changed. The phone still has everything: export it again.",
    ),
    "export_person_unknown": Entry(
        422, False,
        "{file} thuộc về một tài khoản mà máy chủ này không có. Không có gì thay đổi.",
        "{file} belongs to an account that this server does not have. Nothing was changed.",
    ),
    # reports and papers
    "period_unknown": Entry(422, False, "Không có kỳ “{period}”. Các kỳ: {known}.", "No period “{period}”. Periods: {known}."),
    "period_outside_plan": Entry(
        422, False, "{period} nằm ngoài thời gian của kế hoạch {plan} ({start} – {end}). Hãy chọn kỳ, năm khác.",
        "{period} is outside the time of plan {plan} ({start} – {end}). Choose another period or year."
    ),
    "period_not_begun": Entry(
        422, False, "{period} chưa bắt đầu, chưa có số liệu để báo cáo.", "{period} has not begun; there is nothing to report."
    ),
    "report_unknown": Entry(404, False, "Không có báo cáo này.", "There is no such report."),
    "report_issued": Entry(
        409, False, "Báo cáo đã phát hành, không sửa được nữa. Hãy lập bản thay thế.",
        "The report has been issued and stays as it is. Begin one that replaces it.",
    ),
    "template_invalid": Entry(
        422, False, "Mẫu {template} không dùng được: {reason}. Sửa mẫu trong Word, hoặc bỏ đi để dùng mẫu có sẵn.",
        "The template {template} cannot be used: {reason}. Mend it in Word, or remove it to use the shipped one.",
    ),
    # the wire (sync/PROTOCOL.md)
    "sign_in": Entry(
        401, False,
        "Máy này cần đăng nhập lại; dữ liệu trên máy vẫn còn nguyên.",
        "This device has to sign in again; what it holds stays as it is.",
    ),
    "malformed": Entry(
        400, True,
        "Gói dữ liệu bị thiếu hoặc sai khuôn dạng. Chưa ghi nhận gì.",
        "The message is cut off or not well-formed. Nothing was stored.",
    ),
    "protocol": Entry(
        426, False,
        "Phiên bản ứng dụng không khớp với máy chủ. Hãy cập nhật ứng dụng.",
        "The app and the server speak different versions. Update the app.",
    ),
    "push_too_large": Entry(
        413, False,
        "Gói dữ liệu quá lớn. Hãy chia nhỏ rồi gửi lại.",
        "The push is too large. Halve it and send it again.",
    ),
    "device_mismatch": Entry(
        403, False, "Phiên đăng nhập này thuộc về máy khác.", "This token belongs to another device."
    ),
    "device_revoked": Entry(
        403, False,
        "Máy này đã bị thu hồi quyền: chỉ còn được nộp dữ liệu đang giữ.",
        "This device was revoked: it may only hand in what it still holds.",
    ),
    "file_too_large": Entry(413, False, "Tệp lớn hơn 4 MiB nên không nhận.", "The file is larger than 4 MiB."),
    "digest_mismatch": Entry(
        422, True,
        "Tệp nhận được không khớp mã kiểm tra. Hãy gửi lại.",
        "The bytes do not match the name. Send the file again.",
    ),
    "file_type": Entry(
        415, False, "Chỉ nhận tệp JPEG, PNG, WebP hoặc PDF.", "Only JPEG, PNG, WebP and PDF are accepted."
    ),
    "unexpected": Entry(
        500, True,
        "Máy chủ gặp lỗi ngoài dự kiến. Không có gì thay đổi; lỗi đã được ghi lại. Hãy thử lại.",
        "The server met an unexpected error. Nothing was changed; it was logged. Try again.",
    ),
    # the command line and the server
    "passwords_differ": Entry(
        422, False, "Hai lần gõ mật khẩu không giống nhau.", "The two passwords are not the same."
    ),
    "folder_not_demo": Entry(
        409, False,
        "Thư mục {folder} có dữ liệu không phải dữ liệu mẫu; không ghi đè. Chọn thư mục khác bằng FIELDAPP_DATA.",
        "The folder {folder} holds data that are not demo data; nothing was changed. Choose another one with FIELDAPP_DATA.",
    ),
    "data_unreadable": Entry(
        500, False,
        "Không đọc được dữ liệu của chương trình ({reason}). Không có gì thay đổi.",
        "The program's data cannot be read ({reason}). Nothing was changed.",
    ),
    "setting_invalid": Entry(
        422, False,
        "Thiết đặt {name} = “{value}” không dùng được: cần {wanted}.",
        "The setting {name} = “{value}” cannot be used: {wanted} is needed.",
    ),
    "os_refused": Entry(
        500, False, "Máy tính không cho làm việc này: {file}: {reason}", "The system does not allow this: {file}: {reason}"
    ),
    "command_failed": Entry(
        500, False,
        "Gặp lỗi ngoài dự kiến, không có gì thay đổi. Chi tiết: {reason}",
        "Something unexpected happened; nothing was changed. Details: {reason}",
    ),
    "not_writable": Entry(
        500, False,
        "Tài khoản chạy lệnh này không ghi được vào {place}. Hãy chạy bằng tài khoản giữ thư mục dữ liệu, như: sudo -u fieldapp fieldapp …; hoặc giao cả thư mục cho tài khoản này (chown -R). Nếu ổ đĩa chỉ đọc: chép cả thư mục sang ổ khác, đặt FIELDAPP_DATA theo bản chép. Không có gì thay đổi.",
        "The account that runs this may not write {place}. Run it as the account that keeps the data folder, as in: sudo -u fieldapp fieldapp …; or give that account the whole folder (chown -R). If the disk is read-only, copy the whole folder to another one and set FIELDAPP_DATA to the copy. Nothing was changed.",
    ),
    "address_unusable": Entry(
        422, False,
        "Không mở được địa chỉ {host}, cổng {port}: {reason}",
        "The address {host}, port {port} cannot be opened: {reason}",
    ),
    "port_in_use": Entry(
        409, True, "Cổng {port} đang có chương trình khác dùng. Chọn cổng khác bằng --port.",
        "Port {port} is used by another program. Choose another one with --port.",
    ),
    "storage_full": Entry(
        507, True,
        "Máy chủ hết chỗ lưu nên chưa ghi được. Không có gì thay đổi, những gì đã nhận còn nguyên. Hãy báo người quản trị dọn bớt ổ đĩa của máy chủ rồi làm lại.",
        "The server's storage is full. Nothing was changed.",
    ),
    # backups
    "being_restored": Entry(
        503, True,
        "Dữ liệu trong {folder} đang được khôi phục từ bản sao lưu. Hãy chờ xong rồi thử lại.",
        "The data in {folder} are being restored from a backup. Wait until that is done and try again.",
    ),
    "server_running": Entry(
        409, True,
        "Máy chủ hoặc một lệnh khác đang dùng {folder}. Hãy dừng máy chủ (Ctrl+C) rồi khôi phục; chưa có gì thay đổi.",
        "A server or another command is using {folder}. Stop the server (Ctrl+C), then restore; nothing was changed.",
    ),
    "backup_running": Entry(
        409, True,
        "Đang có một lần sao lưu khác. Hãy chờ xong rồi thử lại.",
        "Another backup is being made. Wait until it is done and try again.",
    ),
    "backup_no_room": Entry(
        507, True,
        "Không đủ chỗ để sao lưu vào {folder}: cần khoảng {needed}, còn {free}. Các bản sao lưu cũ còn nguyên. Dọn bớt ổ đĩa hoặc chọn nơi khác.",
        "Not enough room for a backup in {folder}: about {needed} are needed, {free} are left. The older backups are untouched. Free some space or choose another place.",
    ),
    "restore_no_room": Entry(
        507, True,
        "Không đủ chỗ để phục hồi vào {folder}: cần khoảng {needed}, còn {free}. Không có gì thay đổi. Dọn bớt ổ đĩa rồi chạy lại.",
        "Not enough room to restore into {folder}: about {needed} are needed, {free} are left. Nothing was changed. Free some space and run it again.",
    ),
    "backup_faulty": Entry(
        422, False,
        "{file}: {faults} chỗ sai, xem từng dòng ở trên. Không có gì thay đổi. Nếu không còn bản nào khác: thêm --despite-faults.",
        "{file}: {faults} faults, named line by line above. Nothing was changed. If there is no other: add --despite-faults.",
    ),
    "file_unknown": Entry(
        404, False,
        "Không có tệp nào mang mã {file}. Hãy chép đúng mã mà trang Sao lưu hoặc “fieldapp check” nêu.",
        "No file is named {file}. Copy the name that the page Sao lưu or “fieldapp check” tells.",
    ),
    "file_not_lost": Entry(
        409, False,
        "Tệp {file} vẫn còn nguyên trong dữ liệu hoặc bản sao lưu, nên không ghi là đã mất. Hãy sao lưu lại.",
        "The file {file} is whole in the data or in a backup, so it is not lost. Make a backup again.",
    ),
    "backup_unreadable": Entry(
        422, False,
        "{file} không phải bản sao lưu còn nguyên ({reason}). Không có gì thay đổi; hãy dùng bản khác.",
        "{file} is not a whole backup ({reason}). Nothing was changed; use another one.",
    ),
    "data_newer": Entry(
        409, False,
        "Dữ liệu trong {folder} do bản mới hơn của phần mềm ghi. Hãy cập nhật phần mềm; không có gì thay đổi.",
        "The data in {folder} were written by a newer version of the program. Update the program; nothing was changed.",
    ),
    "backup_newer": Entry(
        409, False,
        "{file} do bản chương trình mới hơn ghi. Hãy cập nhật chương trình rồi khôi phục; chưa có gì thay đổi.",
        "{file} was written by a newer version of the program. Update the program, then restore; nothing was changed.",
    ),
    "backup_other_unit": Entry(
        409, False,
        "{file} là dữ liệu của {theirs}, còn {folder} đang giữ dữ liệu của {ours}. Hãy khôi phục vào thư mục khác (FIELDAPP_DATA); chưa có gì thay đổi.",
        "{file} holds the data of {theirs}, and {folder} those of {ours}. Restore into another folder (FIELDAPP_DATA); nothing was changed.",
    ),
    "check_failed": Entry(
        409, False,
        "Dữ liệu có {faults} chỗ sai, xem từng dòng ở trên. Đừng xóa gì; khôi phục từ bản sao lưu mới nhất: fieldapp restore FILE",
        "The data have {faults} faults, named line by line above. Delete nothing; restore the newest backup: fieldapp restore FILE",
    ),
    "busy": Entry(503, True, "Máy chủ đang bận. Hãy thử lại.", "The server is busy. Try again."),
    "not_found": Entry(404, False, "Không có trang này.", "There is no such page."),
    "forbidden": Entry(403, False, "Tài khoản của anh/chị không được xem phần này.", "Your account may not see this."),
}  # fmt: skip

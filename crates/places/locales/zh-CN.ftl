places-nav = 地点
places-title = 地点
places-search = 名称、拼音或首字母
places-none = 没有找到地点。
places-name = 名称
places-kind = 类别
places-full-name = 所在
places-code = 代码
places-floors = 层数
places-floors-hint = 不知道时填 0。
places-floors-count = { $count } 层
places-lift = 有电梯
places-with-lift = 有电梯
places-without-lift = 无电梯
places-above = 上级地点
places-inside = 下级地点
places-inside-count = 下级地点 { $count } 个
places-none-inside = 下面还没有地点。
places-add = 新增下级地点
places-new-in = 在“{ $place }”下新增地点
places-edit-of = 修改“{ $place }”

places-answers = 包保责任
places-answer-for = “{ $place }”由谁负责
places-answer-unit = 责任单位
places-answer-person = 责任人
places-answer-phone = 电话
places-answer-phone-hint = 不换人时留空，就保留原来的号码。
places-answer-since = 起始日期
places-answer-set = 指定责任人
places-answer-remove = 撤销责任人
places-answer-remove-sure = 撤销后，这个地点就没有人负责了。确定吗？
places-reveal = 显示完整号码
places-nobody = 无人负责
places-unanswered = 无人负责的地点
places-all-answered = 每个地点都有人负责。

places-duplicates = 疑似重复的地点
places-duplicates-about = 同一地点下，类别相同、只是写法不同的名称（如“3号楼”和“三幢”）。请核对后再合并。
places-no-duplicates = 没有疑似重复的地点。
places-first = 先录入的
places-other = 后录入的
places-area = 所在
places-keep = 保留“{ $place }”
places-merge = 合并
places-merge-keep = 保留
places-merge-drop = 并入后不再存在
places-merge-about = 后者的下级地点、住户、岗位和角色全部归到前者名下；同名的下级地点也会合并。合并后不能撤销。
places-merge-do = 合并这两个地点

places-reject-line = 行号
places-reject-reason = 原因
places-reject-no-code = 没有代码
places-reject-not-digits = 代码里有数字以外的字符
places-reject-wrong-length = 代码的位数不对
places-reject-repeated = 代码在本文件中重复
places-reject-unknown-parent = 找不到上级地点
places-reject-other-parent = 上级代码与本代码不符
places-reject-no-name = 没有名称
places-reject-name-too-long = 名称太长

kind-province = 省
kind-city = 市
kind-district = 区县
kind-street = 街道、镇
kind-community = 社区
kind-compound = 小区
kind-gate = 卡点
kind-building = 楼栋
kind-unit = 单元

field-places-kind = 这类地点不能放在这里。

problem-places-official = 官方地点的名称以官方代码表为准，不能手工修改。
problem-places-not-siblings = 只有同一地点下、类别相同的小区、卡点、楼栋或单元才能合并。
problem-places-file-unreadable = 文件 { $file } 不存在或无法读取。

done-place-created = 地点已新增。
done-places-merged = 两个地点已合并。

audit-place-create = 新增地点
audit-place-edit = 修改地点
audit-place-import = 导入官方地点代码
audit-place-merge = 合并地点
audit-responsibility-set = 指定责任人
audit-responsibility-remove = 撤销责任人
audit-responsibility-reveal = 查看责任人电话
field-places-ambiguous = 有好几个地点都叫这个名字，请连同所在的地点一起写。

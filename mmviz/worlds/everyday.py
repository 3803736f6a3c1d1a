"""Sentences about everyday photographs, out of templates of our own, in English and Chinese.

Each kind of photograph has lists whose entries go with all entries of its other lists, so that every sentence makes sense.
Entries are (English, Chinese).
"""

from itertools import product

from mmviz.worlds.spec import rng_of

SPLIT = "everyday"
#: Sentences taken of each kind.
EACH = 220
Words = tuple[tuple[str, str], ...]

PEOPLE: Words = (
    ("a woman {} is", "一个{}女人"),
    ("a man {} is", "一个{}男人"),
    ("a young girl {} is", "一个{}小女孩"),
    ("a teenage boy {} is", "一个{}少年"),
    ("an elderly man {} is", "一位{}老先生"),
    ("two friends {} are", "两个{}朋友"),
    ("three children {} are", "三个{}孩子"),
)
#: Said of one, said of several, in Chinese.
CLOTHES = (
    ("in a red coat", "in red coats", "穿红色外套的"),
    ("in a striped shirt", "in striped shirts", "穿条纹衬衫的"),
    ("with a green scarf", "with green scarves", "围绿色围巾的"),
    ("in blue jeans", "in blue jeans", "穿牛仔裤的"),
    ("with a black backpack", "with black backpacks", "背黑色双肩包的"),
    ("in a white hat", "in white hats", "戴白帽子的"),
)
STREET_ACTS: Words = (
    ("riding a bicycle", "骑自行车"),
    ("walking a small dog", "遛一只小狗"),
    ("talking on the phone", "打电话"),
    ("carrying paper bags", "提着纸袋"),
    ("taking a photograph", "拍照"),
    ("eating ice cream", "吃冰淇淋"),
    ("holding an open umbrella", "撑着伞"),
    ("pulling a suitcase", "拉着行李箱"),
)
STREETS: Words = (
    ("on a busy street", "在繁忙的街道上"),
    ("in a city park", "在城市公园里"),
    ("near an old stone bridge", "在一座老石桥旁"),
    ("in front of a brick building", "在一栋砖楼前"),
    ("on a market square", "在集市广场上"),
)
HOME_ACTS: Words = (
    ("cutting vegetables", "切菜"),
    ("drinking coffee", "喝咖啡"),
    ("reading a newspaper", "看报纸"),
    ("working on a laptop", "用笔记本电脑工作"),
    ("wrapping a present", "包装礼物"),
    ("playing a board game", "玩桌游"),
    ("watering a plant", "给植物浇水"),
    ("decorating a cake", "装饰蛋糕"),
)
HOMES: Words = (
    ("in a small kitchen", "在小厨房里"),
    ("at a wooden table", "在木桌旁"),
    ("next to a large window", "在大窗户旁"),
    ("in a cosy living room", "在温馨的客厅里"),
    ("on a covered balcony", "在阳台上"),
)
SPORT_ACTS: Words = (
    ("playing football", "踢足球"),
    ("flying a kite", "放风筝"),
    ("throwing a frisbee", "扔飞盘"),
    ("doing stretches", "做拉伸"),
    ("jumping over a rope", "跳绳"),
    ("hitting a tennis ball", "打网球"),
    ("running side by side with a dog", "和一只狗并排跑步"),
)
FIELDS: Words = (
    ("on a grassy field", "在草地上"),
    ("on a wide sandy beach", "在宽阔的沙滩上"),
    ("in a school yard", "在学校操场上"),
    ("under tall pine trees", "在高大的松树下"),
    ("beside a quiet lake", "在安静的湖边"),
)
ANIMALS: Words = (
    ("a brown dog is", "一只棕色的狗"),
    ("a black and white cat is", "一只黑白相间的猫"),
    ("a fluffy puppy is", "一只毛茸茸的小狗"),
    ("two kittens are", "两只小猫"),
    ("a white rabbit is", "一只白兔"),
    ("a grey goat is", "一只灰色的山羊"),
    ("three ducks are", "三只鸭子"),
)
ANIMAL_ACTS: Words = (
    ("resting", "休息"),
    ("looking into the camera", "看着镜头"),
    ("sniffing the ground", "嗅地面"),
    ("standing still", "静静地站着"),
    ("drinking from a bowl", "从碗里喝水"),
    ("waiting for food", "等着吃东西"),
    ("hiding", "躲藏"),
)
ANIMAL_PLACES: Words = (
    ("in tall grass", "在高高的草丛里"),
    ("behind a wooden fence", "在木栅栏后面"),
    ("beside a garden pond", "在花园池塘边"),
    ("on a farm road", "在农场的小路上"),
    ("under a garden bench", "在花园长椅下"),
    ("in front of a red barn", "在红色谷仓前"),
)
VEHICLES: Words = (
    ("a yellow taxi", "一辆黄色的出租车"),
    ("a blue city bus", "一辆蓝色的公交车"),
    ("an old pickup truck", "一辆旧皮卡"),
    ("a silver sports car", "一辆银色的跑车"),
    ("a delivery van with open doors", "一辆开着门的送货车"),
    ("a red motorcycle", "一辆红色的摩托车"),
    ("a fire engine", "一辆消防车"),
)
VEHICLE_ACTS: Words = (
    ("is parked", "停着"),
    ("is waiting", "等着"),
    ("is turning around", "掉头"),
    ("is being washed", "被清洗"),
    ("is driving slowly", "慢慢行驶"),
)
VEHICLE_PLACES: Words = (
    ("outside a corner shop", "在街角商店外"),
    ("in the heavy rain", "在大雨中"),
    ("under street lamps at night", "在夜晚的路灯下"),
    ("on a snow-covered road", "在积雪的路上"),
    ("beside a row of palm trees", "在一排棕榈树旁"),
    ("in a narrow alley", "在狭窄的小巷里"),
    ("next to a petrol station", "在加油站旁"),
)
DISHES: Words = (
    ("a plate of pasta", "一盘意大利面"),
    ("a bowl of tomato soup", "一碗番茄汤"),
    ("a slice of chocolate cake", "一块巧克力蛋糕"),
    ("a pizza with mushrooms", "一个蘑菇披萨"),
    ("a bowl of fried rice", "一碗炒饭"),
    ("a plate of grilled fish", "一盘烤鱼"),
    ("a basket of fresh bread", "一篮新鲜面包"),
    ("a salad with boiled eggs", "一份煮鸡蛋沙拉"),
)
SIDES: Words = (
    ("a glass of water", "一杯水"),
    ("a cup of tea", "一杯茶"),
    ("sliced lemons", "柠檬片"),
    ("a folded napkin", "一张折好的餐巾"),
    ("a candle", "一支蜡烛"),
    ("a vase of tulips", "一瓶郁金香"),
    ("a fork and a knife", "一副刀叉"),
)
TABLES: Words = (
    ("on a wooden table", "木桌上"),
    ("on a checked tablecloth", "格子桌布上"),
    ("on a metal tray", "金属托盘上"),
    ("on a kitchen counter", "厨房台面上"),
    ("on a picnic blanket", "野餐垫上"),
)
VIEWS: Words = (
    ("fishing boats in a small harbour", "小港口里的渔船"),
    ("a wooden cabin at the edge of a forest", "森林边的小木屋"),
    ("a lighthouse on a rocky coast", "岩石海岸上的灯塔"),
    ("a stone church in a mountain village", "山村里的石头教堂"),
    ("rows of vines on a hillside", "山坡上的一排排葡萄藤"),
    ("a waterfall between green cliffs", "绿色悬崖间的瀑布"),
    ("a long pier reaching into the sea", "伸向大海的长码头"),
    ("tall buildings along a river", "河边的高楼"),
    ("a railway line through open fields", "穿过田野的铁路"),
)
LIGHTS: Words = (
    ("at sunset", "日落时"),
    ("under a cloudy sky", "阴天下"),
    ("on a clear winter morning", "晴朗冬日早晨"),
    ("in thick fog", "浓雾中"),
    ("just after rain", "雨后"),
    ("on a bright summer day", "晴朗夏日里"),
)
SIGHTS: Words = (
    ("with birds flying above", "有鸟飞过"),
    ("with nobody in sight", "空无一人"),
    ("with a few hikers in the distance", "远处有几个徒步者"),
    ("seen from far away", "从远处望去"),
    ("with colourful flags in the wind", "彩旗随风飘动"),
)


def english() -> list[str]:
    """Give the English sentences, 1,540 of them."""
    return [f"{told[0].upper()}{told[1:]}." for told, _ in _told()]


def chinese() -> list[str]:
    """Give the Chinese sentences, line by line about the same as the English."""
    return [f"{told}。" for _, told in _told()]


def _told() -> list[tuple[str, str]]:
    rng = rng_of(SPLIT, 0)
    chosen = [pair for kind in (*_people(), _animals(), _vehicles(), _food(), _views()) for pair in rng.sample(kind, EACH)]
    rng.shuffle(chosen)
    return chosen


def _people() -> list[list[tuple[str, str]]]:
    """Give each kind of photograph of people: in the street, at home, out in the open."""
    kinds = ((STREET_ACTS, STREETS), (HOME_ACTS, HOMES), (SPORT_ACTS, FIELDS))
    return [
        [
            (f"{who[0].format(wear[who[0].endswith('are')])} {act[0]} {where[0]}", f"{who[1].format(wear[2])}{where[1]}{act[1]}")
            for who, wear, act, where in product(PEOPLE, CLOTHES, acts, places)
        ]
        for acts, places in kinds
    ]


def _animals() -> list[tuple[str, str]]:
    every = product(ANIMALS, ANIMAL_ACTS, ANIMAL_PLACES)
    return [(f"{who[0]} {act[0]} {where[0]}", f"{who[1]}{where[1]}{act[1]}") for who, act, where in every]


def _vehicles() -> list[tuple[str, str]]:
    every = product(VEHICLES, VEHICLE_ACTS, VEHICLE_PLACES)
    return [(f"{what[0]} {act[0]} {where[0]}", f"{what[1]}{where[1]}{act[1]}") for what, act, where in every]


def _food() -> list[tuple[str, str]]:
    every = product(DISHES, SIDES, TABLES)
    return [(f"{dish[0]} and {side[0]} {where[0]}", f"{where[1]}有{dish[1]}和{side[1]}") for dish, side, where in every]


def _views() -> list[tuple[str, str]]:
    every = product(VIEWS, LIGHTS, SIGHTS)
    return [(f"{view[0]} {light[0]}, {sight[0]}", f"{light[1]}{view[1]}，{sight[1]}") for view, light, sight in every]

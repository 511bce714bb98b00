"""Everyday object names, filed by NYU40 class. Singular, lower case; `labels.nyu40_of` takes care of the rest."""

from __future__ import annotations


def _split(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.replace("\n", " ").split(",") if name.strip())


NAMES_BY_NYU40: dict[int, tuple[str, ...]] = {
    1: _split("walls, partition wall, brick wall, tiled wall"),
    2: _split("ground, flooring, floor tile, parquet"),
    3: _split(
        """kitchen cabinet, bathroom cabinet, wall cabinet, file cabinet, filing cabinet, storage cabinet,
        cupboard, sideboard, buffet, credenza, vanity, bathroom vanity, medicine cabinet, china cabinet,
        display cabinet, tv cabinet, media console, storage unit, kitchen unit, drawer unit, shoe cabinet,
        cabinet door"""
    ),
    4: _split(
        """bunk bed, double bed, single bed, king bed, queen bed, loft bed, canopy bed, day bed, daybed, crib,
        cot, baby bed, hospital bed, futon bed, mattress, bed frame, headboard, bassinet, air mattress"""
    ),
    5: _split(
        """office chair, desk chair, swivel chair, armchair, arm chair, dining chair, kitchen chair, folding
        chair, rocking chair, high chair, lounge chair, recliner, rocker, wing chair, easy chair, beach
        chair, deck chair, massage chair, wheelchair, gaming chair, bar chair, club chair, accent chair,
        seat, chair seat, stackable chair, lawn chair"""
    ),
    6: _split(
        """couch, settee, loveseat, love seat, sectional, sectional sofa, sofa bed, futon, chesterfield, corner
        sofa, sleeper sofa, divan, chaise longue, chaise lounge"""
    ),
    7: _split(
        """coffee table, dining table, end table, side table, kitchen table, round table, conference table,
        meeting table, console table, folding table, picnic table, ping pong table, pool table, billiard
        table, foosball table, bistro table, tea table, dinner table, card table, work table, accent table,
        table top, tabletop, massage table, air hockey table, changing table, serving table"""
    ),
    8: _split(
        """doorway, door frame, doorframe, closet door, sliding door, glass door, double door, front door,
        bathroom door, shower door, garage door, elevator door, folding door, screen door, french door,
        entrance, gate"""
    ),
    9: _split(
        """window frame, window pane, window sill, windowsill, bay window, skylight, sliding window, window
        ledge, glass pane"""
    ),
    10: _split("bookcase, book shelf, book case, bookrack, library shelf, magazine rack, book rack"),
    11: _split(
        """painting, poster, photo, photograph, picture frame, photo frame, framed picture, art, artwork, wall
        art, canvas, print, drawing, portrait, map, calendar, frame, mural, diploma, certificate, tapestry,
        wall hanging"""
    ),
    12: _split(
        """kitchen counter, countertop, counter top, bathroom counter, bar counter, reception counter, kitchen
        island, breakfast bar, worktop, bar top, kitchen countertop, island, checkout counter"""
    ),
    13: _split("blind, window blind, venetian blind, roller blind, shutter, window shutter, window shade, roman shade"),
    14: _split(
        """office desk, computer desk, writing desk, standing desk, school desk, reception desk, workstation,
        work desk, study desk, secretary desk, drafting table, cubicle desk, workbench, lectern, podium"""
    ),
    15: _split(
        """shelf, wall shelf, shelving, shelving unit, shelf unit, rack, storage rack, storage shelf, kitchen
        shelf, closet shelf, corner shelf, floating shelf, wine rack, shoe rack, dish rack, spice rack,
        etagere, ledge, bathroom shelf, drying rack, display rack"""
    ),
    16: _split("drape, drapery, window curtain, sheer curtain, curtain panel, valance, stage curtain"),
    17: _split("chest of drawers, drawer chest, drawer, bureau, chest, tallboy, commode chest, chiffonier"),
    18: _split("cushion, throw pillow, bed pillow, couch cushion, sofa cushion, seat cushion, bolster, pillow case"),
    19: _split("wall mirror, bathroom mirror, full length mirror, dressing mirror, hand mirror, mirror door"),
    20: _split(
        """mat, rug, carpet, bath mat, bathmat, door mat, doormat, area rug, yoga mat, exercise mat, shower
        mat, runner, shower floor mat"""
    ),
    21: _split(
        """clothing, shirt, t shirt, jacket, coat, pants, trousers, jeans, dress, sweater, hoodie, suit, skirt,
        robe, bathrobe, scarf, sock, laundry, sweatshirt, garment, shorts, vest, apron, glove, underwear"""
    ),
    22: _split("ceiling tile, roof, ceiling panel"),
    23: _split("book, notebook, textbook, magazine, novel, cookbook, comic book, bible, book stack, stack of books"),
    24: _split("fridge, mini fridge, minifridge, freezer, refrigerator door, wine cooler, wine fridge"),
    25: _split("tv, television set, flat screen tv, tv screen, flatscreen, lcd tv, television screen"),
    26: _split(
        """newspaper, sheet of paper, paper sheet, document, letter, envelope, leaflet, brochure, note, sticky
        note, paper stack, stack of paper, flyer, mail, receipt, printing paper, flipchart paper, menu"""
    ),
    27: _split("bath towel, hand towel, dish towel, beach towel, washcloth, kitchen towel, tea towel"),
    28: _split("bath curtain, bathtub curtain, bathroom curtain"),
    29: _split(
        """cardboard box, storage box, toolbox, tool box, shoe box, shoebox, carton, crate, milk crate, pizza
        box, file box, moving box, gift box, jewelry box, lunch box, cereal box, mailbox, package, shipping
        box, gift, hat box, storage container box"""
    ),
    30: _split("white board, blackboard, chalkboard, chalk board, dry erase board, smartboard, smart board"),
    31: _split("people, man, woman, child, boy, girl, human, baby, men, women, children, visitor"),
    32: _split("nightstand, bedside table, bedside cabinet, night table, bedside stand"),
    33: _split("toilet bowl, toilet seat, water closet, commode, lavatory, wc"),
    34: _split(
        "bathroom sink, kitchen sink, wash basin, washbasin, basin, washstand, pedestal sink, utility sink, vanity sink"
    ),
    35: _split(
        """floor lamp, table lamp, desk lamp, wall lamp, bedside lamp, standing lamp, lamp shade, lampshade,
        night lamp, night light, lantern, reading lamp, chandelier, pendant lamp, ceiling lamp, hanging
        lamp, sconce, wall sconce, lava lamp, torchiere, lamp base"""
    ),
    36: _split("bath tub, tub, bath, jacuzzi, hot tub, whirlpool bath"),
    37: _split(
        """backpack, handbag, purse, luggage, suitcase, tote bag, paper bag, plastic bag, shopping bag, duffel
        bag, duffle bag, gym bag, laptop bag, laundry bag, messenger bag, briefcase, trash bag, garbage bag,
        shoulder bag, school bag, satchel, sack, sports bag, golf bag, travel bag, rucksack, grocery bag,
        sleeping bag, knapsack"""
    ),
    38: _split(
        """stair, staircase, stairway, step, railing, stair rail, banister, handrail, column, pillar, beam,
        pole, pipe, fireplace, fireplace mantel, mantel, mantle, chimney, radiator, heater, baseboard
        heater, air vent, vent, air duct, duct, ventilation duct, shower, shower stall, shower wall, shower
        floor, shower head, shower control, closet, closet wall, bar, grab bar, closet rod, curtain rod,
        shower curtain rod, towel bar, towel rack, rail, structure, partition, divider, room divider, screen
        divider, cubicle, elevator, escalator, ramp, platform, stage, arch, niche, balcony, fence, guard
        rail, handicap bar, bathroom stall, bathroom stall door, stall, kitchen cabinet frame, ceiling fan,
        exhaust fan, range hood, hood, light, light fixture, ceiling light, wall light, sprinkler, smoke
        detector, fire alarm, light switch, switch, power outlet, outlet, socket, power socket, thermostat,
        bulletin board, notice board, pin board, corkboard, cork board, board, sign, exit sign, panel, wall
        panel, soap dish holder, wardrobe closet, walk in closet, window seat, loft, hatch"""
    ),
    39: _split(
        """furniture, stool, bar stool, barstool, step stool, foot stool, footstool, ottoman, pouf, hassock,
        bench, piano bench, pew, wardrobe, armoire, trash can, trash bin, garbage can, garbage bin, rubbish
        bin, recycling bin, waste bin, wastebasket, waste basket, waste paper basket, dustbin, bin,
        trashcan, compost bin, dumpster, laundry basket, laundry hamper, hamper, piano, grand piano, upright
        piano, organ, tv stand, television stand, entertainment center, media center, stand, plant stand,
        music stand, monitor stand, coat rack, coat stand, hat rack, clothes rack, clothing rack, clothes
        dryer, garment rack, washing machine, washer, dryer, dishwasher, stove, oven, cooktop, hob, range,
        gas stove, wall oven, vending machine, copier, photocopier, copy machine, water cooler, water
        dispenser, treadmill, exercise bike, exercise machine, elliptical machine, gym machine, stationary
        bike, weight bench, rowing machine, bean bag, beanbag, bean bag chair, hammock, swing, couch chair,
        seating, cart, kitchen cart, utility cart, serving cart, trolley, tool cart, locker, safe, server
        rack, kiosk, ironing board, ladder, step ladder, stepladder, easel, flip chart, flipchart, aquarium,
        fish tank, trunk, boiler, furnace, water heater, fuse box, projector screen, umbrella stand, crutch
        stand, dressing table, dressing screen, playpen, stroller, baby carriage, high stool, telephone
        booth, dollhouse, cat tree, dog bed, bicycle rack, bike rack"""
    ),
    40: _split(
        """object, thing, item, stuff, prop, misc, plant, potted plant, house plant, houseplant, flower, tree,
        flowerpot, flower pot, plant pot, planter, vase, bottle, water bottle, wine bottle, cup, mug, coffee
        cup, tea cup, glass, wine glass, bowl, fruit bowl, plate, dish, saucer, tray, jar, jug, pitcher,
        can, soda can, teapot, kettle, tea kettle, coffee kettle, pot, pan, cooking pot, cooking pan, frying
        pan, wok, cutting board, knife, knife block, fork, spoon, utensil, kitchen utensil, rolling pin,
        grater, whisk, corkscrew, bread, fruit, apple, banana, orange, food, cake, clock, wall clock, alarm
        clock, watch, hourglass, computer, computer tower, computer case, desktop computer, pc, laptop,
        notebook computer, tablet, ipad, monitor, computer monitor, screen, keyboard, computer keyboard,
        mouse, computer mouse, mouse pad, mousepad, printer, scanner, fax machine, router, modem, cable,
        wire, power cord, cord, extension cord, power strip, charger, phone, telephone, cell phone,
        smartphone, mobile phone, headphone, headset, speaker, loudspeaker, stereo, radio, cd player, dvd
        player, record player, turntable, game console, xbox, joystick, controller, remote, remote control,
        camera, tripod, projector, microphone, guitar, guitar case, violin, drum, drum set, drums,
        saxophone, accordion, flute, trumpet, instrument, instrument case, globe, candle, candlestick,
        candle holder, incense, figurine, statue, sculpture, ornament, decoration, trophy, toy, stuffed
        animal, teddy bear, plush toy, doll, lego, puzzle, board game, dice, chess set, chessboard, ball,
        basketball, soccer ball, football, tennis racket, racket, skateboard, snowboard, ski, helmet,
        dumbbell, barbell, weight, kettlebell, punching bag, boxing glove, golf club, bicycle, bike,
        scooter, tricycle, surfboard, tent, umbrella, parasol, walking stick, cane, crutch, broom, mop,
        dustpan, bucket, pail, vacuum, vacuum cleaner, iron, clothes iron, hanger, clothes hanger, coat
        hanger, hook, coat hook, towel hook, shoe, sneaker, boot, slipper, sandal, hat, cap, belt, tie,
        glasses, sunglasses, wallet, key, jewelry, necklace, ring, bracelet, comb, brush, hair brush,
        hairbrush, hair dryer, hairdryer, toothbrush, toothbrush holder, toothpaste, soap, soap bar, soap
        dish, soap dispenser, soap bottle, shampoo, shampoo bottle, conditioner bottle, lotion, lotion
        bottle, perfume, deodorant, razor, cosmetic, makeup, sponge, loofah, toilet paper, toilet paper
        holder, toilet paper roll, toilet paper dispenser, toilet paper package, toilet brush, plunger,
        paper towel, paper towel dispenser, paper towel roll, paper towel holder, napkin, tissue, tissue
        box, tissue roll, wipe, hand dryer, hand sanitizer, first aid kit, fire extinguisher, fire hose,
        pen, pencil, marker, crayon, eraser, pencil case, pencil cup, pen holder, stapler, staple, tape,
        tape dispenser, scissors, scissor, ruler, calculator, hole puncher, paper clip, paper cutter, paper
        tray, file, folder, file folder, binder, file organizer, desk organizer, clipboard, bookend,
        bookmark, business card, card, shredder, paper shredder, blanket, quilt, duvet, comforter, bed
        sheet, sheet, bedding, bedspread, throw blanket, tablecloth, table cloth, place mat, placemat,
        coaster, cloth, rag, microwave, microwave oven, toaster, toaster oven, blender, mixer, food
        processor, coffee maker, coffee machine, espresso machine, rice cooker, slow cooker, juicer, fan,
        desk fan, tower fan, air conditioner, humidifier, air purifier, space heater, faucet, tap, shower
        faucet, towel dispenser, cd, dvd, cd case, disc, basket, wicker basket, fruit basket, container,
        storage container, storage bin, storage organizer, tupperware, canister, caddy, shower caddy, tube,
        rope, string, tool, hammer, drill, screwdriver, wrench, saw, plier, paint, paint can, paintbrush,
        battery, flashlight, light bulb, bulb, car, toy car, boat, animal, dog, cat, bird, fish, dart board,
        dartboard, wreath, christmas tree, doorknob, door knob, door handle, handle, doorbell, wall plate,
        plaque, name plate, banner, flag, balloon, garland, mailbox slot, machine, appliance, equipment,
        device, electronics, bell, whistle, piggy bank, wine, beer, tea, coffee, water, milk, scale, salt shaker,
        pepper mill, salt, pepper, honey"""
    ),
}
"""NYU40 id -> names, written from common knowledge; where NYU40 gives no hint, whole furniture goes to 39 and things
one can carry to 40."""
